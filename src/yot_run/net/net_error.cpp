#include <yot_run/net/net_error.hpp>

#include <string>

namespace yot_run::inline YOT_RUN_WORLD::net {
namespace {

class category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "yot_run.net"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<net_error>(value)) {
            case net_error::unexpected_end_of_stream:
                return "the peer ended the stream before all the bytes had come that were expected";
        }
        return "unknown network error";
    }
};

}  // namespace

const std::error_category& net_category() noexcept {
    static const category only;
    return only;
}

std::error_code make_error_code(net_error error) noexcept {
    return {static_cast<int>(error), net_category()};
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net
