#include <model/order_sites.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tuple>

namespace model {
namespace {

constexpr std::array operation_names{"load",        "store", "rmw",   "cas",
                                     "cas_failure", "lock",  "notify"};

std::string_view last_part(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Without template arguments, in which compilers differ.
std::string_view plain_name(std::string_view function) {
    return function.substr(0, function.find('<'));
}

// Does the operation exist with this order?
bool makes_sense(operation what, plan how) {
    using enum operation;
    using order = std::memory_order;
    switch (how.how) {
        case alteration::dropped:
            return what == store || what == lock || what == notify;
        case alteration::split:
            return what == rmw || what == cas;
        case alteration::none:
            return false;
        case alteration::order:
            break;
    }
    switch (what) {
        case load:
        case cas_failure:
            return how.order == order::relaxed || how.order == order::acquire;
        case store:
            return how.order == order::relaxed || how.order == order::release;
        case rmw:
        case cas:
            return how.order != order::seq_cst;
        default:
            return false;
    }
}

// Is the order among those that are weaker than the one written?
bool is_weaker(std::memory_order candidate, std::memory_order written) {
    using order = std::memory_order;
    switch (written) {
        case order::relaxed:
            return false;
        case order::acq_rel:
            return candidate != order::acq_rel && candidate != order::seq_cst;
        case order::seq_cst:
            return candidate != order::seq_cst;
        default:
            return candidate == order::relaxed;
    }
}

constexpr std::array ways{plan{std::memory_order::acq_rel, alteration::order},
                          plan{std::memory_order::acquire, alteration::order},
                          plan{std::memory_order::release, alteration::order},
                          plan{std::memory_order::relaxed, alteration::order},
                          plan{std::memory_order::seq_cst, alteration::split},
                          plan{std::memory_order::seq_cst, alteration::dropped}};

std::string_view way_of(plan how) {
    switch (how.how) {
        case alteration::dropped:
            return "dropped";
        case alteration::split:
            return "split";
        default:
            return name_of(how.order);
    }
}

bool same_kind(const site& one, const site& other) {
    return one.what == other.what && last_part(one.at.file) == last_part(other.at.file) &&
           plain_name(one.at.function) == plain_name(other.at.function);
}

std::optional<plan> parse_how(std::string_view text) {
    for (const plan each : ways)
        if (text == way_of(each)) return each;
    return std::nullopt;
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(at);
        parts.push_back(text.substr(0, end));
        if (end == text.npos) return parts;
        text.remove_prefix(end + 1);
    }
}

bool parse(std::string_view digits, unsigned& number) {
    const char* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, number);
    return parsed.ec == std::errc{} && parsed.ptr == end;
}

}  // namespace

bool site::is(operation op, const where& place) const noexcept {
    return what == op && at.line == place.line && at.column == place.column &&
           std::strcmp(at.file, place.file) == 0;
}

void site_table::add(operation what, std::memory_order order, const where& at) noexcept {
    for (unsigned i = 0; i < size_; ++i)
        if (sites_[i].is(what, at)) return;
    if (size_ == capacity) {
        std::fputs("model: more sites than site_table::capacity\n", stderr);
        std::abort();
    }
    sites_[size_++] = {at, what, order};
}

std::vector<site> site_table::sorted() const {
    std::vector<site> all(sites_, sites_ + size_);
    std::ranges::sort(all, {}, [](const site& s) {
        return std::tuple(last_part(s.at.file), s.at.line, s.at.column, s.what);
    });
    return all;
}

plan plan_at_watched(operation what, std::memory_order order, const where& at) noexcept {
    const site_watch& now = watch();
    if (now.recorder != nullptr) now.recorder->add(what, order, at);
    if (now.target != nullptr && now.target->is(what, at)) {
        ++*now.reached;
        if (now.instead.how == alteration::order) return now.instead;
        return {order, now.instead.how};
    }
    return {order};
}

std::optional<mutation> parse_mutation(std::string_view text) {
    const auto equals = text.rfind('=');
    if (equals == text.npos) return std::nullopt;
    const std::optional<plan> how = parse_how(text.substr(equals + 1));
    const std::vector<std::string_view> parts = split(text.substr(0, equals), ':');
    mutation result;
    if (!how || parts.size() < 3 || parts.size() > 4) return std::nullopt;
    result.file = parts[0];
    result.how = *how;
    std::string_view kind = parts.back();
    if (parts.size() == 4) {
        if (!parse(parts[1], result.line) || !parse(parts[2], result.column)) return std::nullopt;
    } else {
        result.function = parts[1];
        const auto hash = kind.find('#');
        if (hash != kind.npos && !parse(kind.substr(hash + 1), result.ordinal)) return std::nullopt;
        kind = kind.substr(0, hash);
    }
    const auto found = std::ranges::find(operation_names, kind);
    if (found == operation_names.end()) return std::nullopt;
    result.what = operation(found - operation_names.begin());
    if (!makes_sense(result.what, result.how)) return std::nullopt;
    return result;
}

std::optional<site> find_target(const mutation& wanted, const std::vector<site>& sites) {
    if (wanted.is_exact())
        return site{{wanted.file.c_str(), "", wanted.line, wanted.column},
                    wanted.what,
                    std::memory_order::relaxed};
    unsigned seen = 0;
    for (const site& candidate : sites) {
        if (candidate.what != wanted.what || last_part(candidate.at.file) != wanted.file ||
            plain_name(candidate.at.function) != wanted.function || ++seen != wanted.ordinal)
            continue;
        const bool changes =
            wanted.how.how != alteration::order || is_weaker(wanted.how.order, candidate.order);
        return changes ? std::optional(candidate) : std::nullopt;
    }
    return std::nullopt;
}

std::vector<std::string> all_mutations(const std::vector<site>& sites) {
    std::vector<std::string> all;
    for (const site& each : sites) {
        if (std::string_view(each.at.file).find("model/") != std::string_view::npos) continue;
        for (const plan how : ways) {
            if (!makes_sense(each.what, how)) continue;
            if (how.how == alteration::order && !is_weaker(how.order, each.order)) continue;
            all.push_back(describe(each, sites).append("=").append(way_of(how)));
        }
    }
    return all;
}

std::string_view name_of(operation what) noexcept { return operation_names[std::size_t(what)]; }

std::string_view name_of(std::memory_order order) noexcept {
    switch (order) {
        case std::memory_order::relaxed:
            return "relaxed";
        case std::memory_order::consume:
            return "consume";
        case std::memory_order::acquire:
            return "acquire";
        case std::memory_order::release:
            return "release";
        case std::memory_order::acq_rel:
            return "acq_rel";
        case std::memory_order::seq_cst:
            return "seq_cst";
    }
    return "?";
}

std::string describe(const site& described, const std::vector<site>& all) {
    unsigned ordinal = 0;
    unsigned like = 0;
    for (const site& other : all) {
        if (!same_kind(described, other)) continue;
        ++like;
        if (other.is(described.what, described.at)) ordinal = like;
    }
    std::string text(last_part(described.at.file));
    text.append(":")
        .append(plain_name(described.at.function))
        .append(":")
        .append(name_of(described.what));
    if (like > 1) text.append("#").append(std::to_string(ordinal));
    return text;
}

}  // namespace model
