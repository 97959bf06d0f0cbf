#include <yot_run/net/address_text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <span>

namespace yot_run::inline YOT_RUN_WORLD::net::address_text {
namespace {

// Reads all of `text` as an unsigned number: digits and nothing else.
std::optional<std::uint32_t> read_digits(std::string_view text, int base) {
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

// Takes what is before the next separator off `text`, and the separator; or all of it.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

// Some of the sixteen bytes of an IPv6 address.
struct some_bytes {
    ipv6_bytes bytes{};
    std::size_t count = 0;

    [[nodiscard]] bool append(std::uint8_t byte) {
        if (count == bytes.size()) return false;
        bytes[count++] = byte;
        return true;
    }
};

[[nodiscard]] bool append_group(some_bytes& bytes, std::string_view group) {
    if (group.size() > 4) return false;
    const std::optional<std::uint32_t> value = read_digits(group, 16);
    return value && bytes.append(static_cast<std::uint8_t>(*value >> 8)) &&
           bytes.append(static_cast<std::uint8_t>(*value & 0xff));
}

[[nodiscard]] bool append_dotted(some_bytes& bytes, std::string_view dotted) {
    const std::optional<ipv4_bytes> ipv4 = read_ipv4(dotted);
    return ipv4 &&
           std::ranges::all_of(*ipv4, [&](std::uint8_t byte) { return bytes.append(byte); });
}

// Reads groups separated by colons; nothing at all is no groups. The last one may be an IPv4
// address where these groups end the whole address.
std::optional<some_bytes> read_groups(std::string_view text, bool at_end) {
    some_bytes bytes;
    if (text.empty()) return bytes;
    if (text.back() == ':') return std::nullopt;
    while (!text.empty()) {
        const std::string_view group = take_until(text, ':');
        const bool dotted = at_end && text.empty() && group.contains('.');
        if (!(dotted ? append_dotted(bytes, group) : append_group(bytes, group))) {
            return std::nullopt;
        }
    }
    return bytes;
}

// A run of groups that are zero.
struct zero_run {
    std::size_t first = 0;
    std::size_t count = 0;
};

zero_run longest_zero_run(const std::array<std::uint16_t, 8>& groups) {
    zero_run longest;
    zero_run current;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i] != 0) {
            current = {i + 1, 0};
            continue;
        }
        ++current.count;
        if (current.count > longest.count) longest = current;
    }
    return longest;
}

void append_number(std::string& text, std::uint32_t value, int base) {
    std::array<char, std::numeric_limits<std::uint32_t>::digits10 + 1> digits;
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
    text.append(digits.data(), written.ptr);
}

}  // namespace

std::optional<std::uint32_t> read_number(std::string_view text, std::uint32_t most) {
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    const std::optional<std::uint32_t> value = read_digits(text, 10);
    if (!value || *value > most) return std::nullopt;
    return value;
}

std::optional<ipv4_bytes> read_ipv4(std::string_view text) {
    if (std::ranges::count(text, '.') != 3) return std::nullopt;
    ipv4_bytes bytes;
    for (std::uint8_t& byte : bytes) {
        const std::optional<std::uint32_t> number = read_number(take_until(text, '.'), 255);
        if (!number) return std::nullopt;
        byte = static_cast<std::uint8_t>(*number);
    }
    return bytes;
}

std::optional<ipv6_bytes> read_ipv6(std::string_view text) {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) {
        const std::optional<some_bytes> all = read_groups(text, true);
        if (!all || all->count != all->bytes.size()) return std::nullopt;
        return all->bytes;
    }
    const std::optional<some_bytes> head = read_groups(text.substr(0, gap), false);
    const std::optional<some_bytes> tail = read_groups(text.substr(gap + 2), true);
    // The gap stands for at least one group; a second gap is an empty group, which was refused.
    if (!head || !tail || head->count + tail->count > head->bytes.size() - 2) return std::nullopt;
    ipv6_bytes bytes = head->bytes;
    std::copy_backward(tail->bytes.begin(),
                       tail->bytes.begin() + static_cast<std::ptrdiff_t>(tail->count), bytes.end());
    return bytes;
}

void append_ipv4(std::string& text, const ipv4_bytes& bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i > 0) text += '.';
        append_number(text, bytes[i], 10);
    }
}

void append_ipv6(std::string& text, const ipv6_bytes& bytes) {
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::ranges::equal(mapped, std::span(bytes).first<12>())) {
        text += "::ffff:";
        append_ipv4(text, {bytes[12], bytes[13], bytes[14], bytes[15]});
        return;
    }
    std::array<std::uint16_t, 8> groups;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        groups[i] = static_cast<std::uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    }
    const zero_run zeros = longest_zero_run(groups);
    // RFC 5952, 4.2.2: a single zero group is written out.
    const bool has_gap = zeros.count > 1;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (has_gap && i == zeros.first) {
            text += "::";
            i += zeros.count - 1;
            continue;
        }
        const bool after_gap = has_gap && i == zeros.first + zeros.count;
        if (i > 0 && !after_gap) text += ':';
        append_number(text, groups[i], 16);
    }
}

}  // namespace yot_run::inline YOT_RUN_WORLD::net::address_text
