// stress/bench/yot_run/channel.hpp: hands values from one task to another, through room for one.
// Written as a user of the library would write it, with a lock and two wakers.
//
//   send(value)  a future that is ready when the room was empty and holds the value
//   receive()    a future that is ready when the room was full, and gives the value
//
// One task sends, and one receives.
#pragma once

#include <yot_run/task/context.hpp>
#include <yot_run/task/poll.hpp>
#include <yot_run/task/waker.hpp>

#include <mutex>
#include <optional>
#include <utility>

namespace bench {

template <class T>
class one_place_channel {
public:
    class [[nodiscard]] send_future {
    public:
        send_future(one_place_channel& to, T value) : to_(&to), value_(std::move(value)) {}
        yot_run::poll<> poll(yot_run::context& cx) {
            if (cx.must_yield()) return yot_run::poll_pending;
            yot_run::waker receiver;
            {
                const std::lock_guard guard(to_->mutex_);
                if (to_->room_) {
                    to_->sender_ = cx.waker().clone();
                    return yot_run::poll_pending;
                }
                to_->room_ = std::move(value_);
                receiver = std::move(to_->receiver_);
            }
            cx.charge();
            if (receiver) std::move(receiver).wake();
            return {};
        }

    private:
        one_place_channel* to_;
        T value_;
    };

    class [[nodiscard]] receive_future {
    public:
        explicit receive_future(one_place_channel& from) noexcept : from_(&from) {}
        yot_run::poll<T> poll(yot_run::context& cx) {
            if (cx.must_yield()) return yot_run::poll_pending;
            yot_run::waker sender;
            std::optional<T> value;
            {
                const std::lock_guard guard(from_->mutex_);
                value = std::exchange(from_->room_, std::nullopt);
                if (!value) {
                    from_->receiver_ = cx.waker().clone();
                    return yot_run::poll_pending;
                }
                sender = std::move(from_->sender_);
            }
            cx.charge();
            if (sender) std::move(sender).wake();
            return *std::move(value);
        }

    private:
        one_place_channel* from_;
    };

    send_future send(T value) { return send_future(*this, std::move(value)); }
    receive_future receive() noexcept { return receive_future(*this); }

private:
    std::mutex mutex_;
    std::optional<T> room_;
    yot_run::waker sender_;
    yot_run::waker receiver_;
};

}  // namespace bench
