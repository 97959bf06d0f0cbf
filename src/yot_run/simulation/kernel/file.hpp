// yot_run/simulation/kernel/file.hpp: what descriptors of the simulated kernel refer to: open
// files, of which this header has the eventfd and the epoll instance, and the table of their
// numbers.
//
// Invariants:
//   A number refers to one open file; several numbers may refer to the same one. A file ends with
//   its last number, and not before.
//   An epoll instance knows a file by the file and the number under which it was added. It forgets
//   it when the file ends, so a file whose number was closed is still reported while it has
//   another.
//   A watch is in its instance's ready list if and only if `is_ready`.
//
// What makes an event (fs/eventpoll.c in Linux): whatever happens to a file is said by `wake`, with
// the events that may be true now (0: anything). That puts every watch with an interest in one of
// them at the end of its ready list, unless it is there already; whether the file was ready before
// does not matter. `take` goes through that list from its head and asks each file what is true now.
// A level-triggered watch goes back to the end; an edge-triggered one waits for the next wake.
// Checked by: epoll_test.cpp, property_tests/kernel/.
#pragma once

#include <yot_run/sys/result.hpp>

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <span>
#include <vector>

namespace yot_run::sys_simulated::kernel {

// The error of a system call, as `return failed(EBADF)`.
[[nodiscard]] std::unexpected<std::error_code> failed(int number);

class file;
class epoll_file;

// Who is told what happens to a file.
class observer {
public:
    observer() = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;

    // file::wake was called.
    virtual void on_wake(std::uint32_t may_be_true) = 0;
    // The number is being closed, and is the file's for the last time. May leave the file.
    virtual void on_close(int number);
    // The file ends, and forgets the observer, which may end, too.
    virtual void on_end() = 0;

protected:
    ~observer() = default;
};

class file {
public:
    file() = default;
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    virtual ~file();

    // All events that are true now. Not const: that a socket was found full is remembered.
    [[nodiscard]] virtual std::uint32_t poll() = 0;
    // Something has happened; see above.
    void wake(std::uint32_t may_be_true);
    // One of its numbers is being closed.
    void close(int number);

    void join(observer& who) { observers_.push_back(&who); }
    void leave(observer& who) { std::erase(observers_, &who); }

private:
    std::vector<observer*> observers_;  // In the order in which they joined.
};

// One registration at an epoll instance.
class watch final : public observer {
public:
    watch(epoll_file& by, file& watched, int known_as, std::uint32_t events, std::uint64_t carries)
        : epoll(&by), target(&watched), number(known_as), interest(events), token(carries) {}

    void on_wake(std::uint32_t may_be_true) override;
    void on_end() override;

    epoll_file* epoll;
    file* target;
    int number;
    std::uint32_t interest;
    std::uint64_t token;
    bool is_ready = false;
};

class event_file final : public file {
public:
    [[nodiscard]] std::uint32_t poll() override;
    void signal();
    void drain();

private:
    std::uint64_t count_ = 0;
};

class epoll_file final : public file {
public:
    ~epoll_file() override;

    // Inside another instance: not simulated. Throws std::logic_error.
    [[nodiscard]] std::uint32_t poll() override;
    [[nodiscard]] io_result<void> add(file& target, int number, std::uint32_t events,
                                      std::uint64_t token);
    [[nodiscard]] io_result<void> modify(file& target, int number, std::uint32_t events,
                                         std::uint64_t token);
    [[nodiscard]] io_result<void> remove(file& target, int number);
    [[nodiscard]] std::size_t take(std::span<epoll_event> into);
    // Reports the `which`th watch (modulo their number) once more, although nothing has happened.
    void wake_falsely(std::uint64_t which);

private:
    friend class watch;
    using position = std::list<watch>::iterator;

    [[nodiscard]] position find(const file& target, int number);
    void make_ready(watch& which);
    void forget(const watch& which);

    std::list<watch> watches_;
    std::deque<watch*> ready_;
};

// Numbers begin at 3, for programs begin with three descriptors.
class descriptor_table {
public:
    static constexpr int first_number = 3;

    // REQUIRES: limit > first_number. No number is `limit` or higher.
    explicit descriptor_table(int limit) : limit_(limit) {}

    // Takes the lowest free number. EMFILE: there is none.
    [[nodiscard]] io_result<int> insert(std::shared_ptr<file> opened);
    [[nodiscard]] bool is_full() const { return lowest_free() >= limit_; }
    // EBADF: not open.
    [[nodiscard]] io_result<std::shared_ptr<file>> find(int number) const;
    // Ends the file if that was its last number.
    [[nodiscard]] io_result<void> remove(int number);
    [[nodiscard]] int size() const;
    void clear() { files_.clear(); }

private:
    [[nodiscard]] int lowest_free() const;

    int limit_;
    std::vector<std::shared_ptr<file>> files_;  // By number - first_number; null: free.
};

}  // namespace yot_run::sys_simulated::kernel
