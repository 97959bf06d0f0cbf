#include <model/history.hpp>

#include <model/source_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <istream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <utility>
#include <vector>

namespace model {
namespace {

struct step {
    unsigned number = 0;
    int thread = 0;
    std::string what;
    source_place at;
};

// What a step does to an atomic object, whichever checker printed it.
struct access {
    std::string object{};
    std::string order{};
    std::string read{};     // Empty: it does not read.
    std::string read_at{};  // The view machine's time; empty under Relacy.
    bool is_old = false;
    std::string written{};  // Empty: it does not write.
    std::string written_at{};
    const char* remark = "";
};

// "[12] 0: what, in function, file(7)".
std::optional<step> parse_step(const std::string& line) {
    static const std::regex form(R"(^\[(\d+)\] (-?\d+): (.*), in (.*), ([^,]*)\((\d+)\)$)");
    std::smatch part;
    if (!std::regex_match(line, part, form)) return std::nullopt;
    return step{unsigned(std::stoul(part[1])),
                std::stoi(part[2]),
                part[3],
                {part[5], unsigned(std::stoul(part[6])), part[4]}};
}

std::optional<access> parse_view_machines(const std::string& text) {
    static const std::regex form(
        R"(^<(\w+)> (load|store|exchange|fetch_\w+|CAS, done,|CAS, not done,) (\w+))"
        R"((?:, reads (\S+) @(\S+)( \[not the newest\])?)?(?:, writes (\S+) @(\S+))?$)");
    std::smatch part;
    if (!std::regex_match(text, part, form)) return std::nullopt;
    return access{part[1],         part[3], part[4], part[5],
                  part[6].matched, part[7], part[8], part[2] == "CAS, not done," ? ", kept" : ""};
}

std::optional<access> parse_relacys(const std::string& text) {
    static const std::regex load(
        R"(^<(\w+)> atomic load, value=(\S+?)( \[NOT CURRENT\])?, order=(\w+)$)");
    static const std::regex store(
        R"(^<(\w+)> atomic store, value=(\S+), \(prev value=\S+\), order=(\w+)$)");
    static const std::regex rmw(R"(^<(\w+)> \w+ , prev=(\S+), arg=\S+, new=(\S+), order=(\w+)$)");
    static const std::regex cas(R"(^<(\w+)> CAS (succ|fail) (\[SPURIOUSLY\] )?(?:\[ABA\] )?)"
                                R"(orig=(\S+), cmp=\S+, xchg=(\S+), order=(\w+)$)");
    std::smatch part;
    if (std::regex_match(text, part, load))
        return access{part[1], part[4], part[2], "", part[3].matched, "", "", ""};
    if (std::regex_match(text, part, store))
        return access{part[1], part[3], "", "", false, part[2]};
    if (std::regex_match(text, part, rmw))
        return access{part[1], part[4], part[2], "", false, part[3]};
    if (!std::regex_match(text, part, cas)) return std::nullopt;
    if (part[2] == "succ") return access{part[1], part[6], part[4], "", false, part[5]};
    return access{part[1], part[6], part[4], "",
                  false,   "",      "",      part[3].matched ? ", kept for no reason" : ", kept"};
}

class table {
public:
    void add(const step& next) {
        if (next.what.starts_with("[")) return enter_phase(next.what);
        if (next.what == "ITERATION END") return;
        std::string text = describe(next);
        if (text.empty()) return;
        rows_.push_back({next, std::move(text), is_finding(next.what)});
    }

    [[nodiscard]] std::string text() const {
        std::map<int, std::size_t> widths;
        std::size_t places = 5;
        for (const row& each : rows_) {
            places = std::max(places, short_name(each.what.at).size());
            if (each.is_finding) continue;
            std::size_t& width = widths[each.what.thread];
            width = std::max({width, fill_in(each.text).size(), std::size_t{10}});
        }
        std::string all = fmt::format("step  {:<{}}", "place", places);
        for (const auto& [thread, width] : widths)
            all += fmt::format("  {:<{}}", fmt::format("thread {}", thread), width);
        trim_and_end(all);
        for (const row& each : rows_) {
            all += fmt::format("{:>4}  {:<{}}", each.what.number, short_name(each.what.at), places);
            if (each.is_finding) {
                all += fmt::format("  thread {}: {}", each.what.thread, fill_in(each.text));
            } else {
                for (const auto& [thread, width] : widths)
                    all += fmt::format("  {:<{}}",
                                       thread == each.what.thread ? fill_in(each.text) : "", width);
            }
            trim_and_end(all);
        }
        return all;
    }

private:
    struct write {
        std::string value;
        std::string time;
        unsigned step;
        bool is_made;
    };
    struct object {
        std::string name;
        unsigned ordinal = 1;
        std::vector<write> writes;
    };
    struct row {
        step what;
        std::string text;  // Begins with the object's number as {7}, see fill_in.
        bool is_finding;
    };

    void enter_phase(const std::string& mark) {
        if (mark == "[BEFORE END]") has_begun_ = true;
        if (mark == "[AFTER BEGIN]") has_ended_ = true;
    }
    [[nodiscard]] static bool is_finding(const std::string& text) {
        static const std::regex form(R"(^[A-Z][A-Z ()]+[A-Z)]( \(.*)?$)", std::regex::optimize);
        return std::regex_match(text, form);
    }

    [[nodiscard]] std::string describe(const step& next) {
        if (auto atomic = parse_view_machines(next.what)) return describe_access(next, *atomic);
        if (auto atomic = parse_relacys(next.what)) return describe_access(next, *atomic);
        static const std::regex on_object(
            R"(^<(\w+)> (mutex|cond_var|condition variable|cell|atomic|an object):? (\w.*)$)");
        std::smatch part;
        if (std::regex_match(next.what, part, on_object))
            return describe_other(next, part[1], part[2], part[3]);
        if (next.what.starts_with("memory deallocation")) return "";
        return short_values(next.what);
    }

    std::string describe_access(const step& next, const access& made) {
        const bool is_construction = next.at.function == constructor_mark;
        const std::size_t number = object_at(made.object, next, is_construction);
        object& about = objects_[number];
        std::string text;
        if (!made.read.empty())
            text = fmt::format(" = {} {}", short_values(made.read), source_of(about, made));
        if (!made.written.empty()) {
            text +=
                fmt::format("{} := {}", made.read.empty() ? "" : ",", short_values(made.written));
            about.writes.push_back({made.written, made.written_at, next.number, is_construction});
        }
        if (is_construction) return "";
        return fmt::format("{{{}}}{}{}; {}", number, text, made.remark, made.order);
    }
    // Which step wrote what is read here.
    [[nodiscard]] static std::string source_of(const object& about, const access& read) {
        const char* const old = read.is_old ? " (old)" : "";
        auto end = about.writes.rend();
        auto at = about.writes.rbegin();
        if (read.is_old && read.read_at.empty() && at != end) ++at;
        for (; at != end; ++at) {
            if (read.read_at.empty() ? at->value != read.read : at->time != read.read_at) continue;
            if (at->is_made) break;
            return fmt::format("from {}{}", at->step, old);
        }
        return fmt::format("as made{}", old);
    }

    std::string describe_other(const step& next, const std::string& address,
                               const std::string& kind, const std::string& text) {
        const bool is_end = text.starts_with("destroyed");
        const std::size_t number = object_at(address, next, is_end);
        if (is_end) {
            number_at_.erase(address);  // What is made there next is another object.
            const bool is_shown = has_begun_ && !has_ended_ && !objects_[number].name.empty();
            return is_shown ? fmt::format("{{{}}} destroyed", number) : "";
        }
        const bool is_told_by_text = kind == "cell" || kind == "mutex" || kind == "cond_var";
        return fmt::format("{{{}}} {}{}", number, is_told_by_text ? "" : kind + " ",
                           in_other_words(text));
    }
    [[nodiscard]] static std::string in_other_words(const std::string& relacys) {
        if (relacys == "exclusive lock") return "locked";
        if (relacys == "exclusive unlock") return "unlocked";
        if (relacys == "wait enter") return "wait";
        if (relacys.starts_with("wait exit")) return "wait ends";
        if (relacys.starts_with("notify one")) return "notify one";
        if (relacys.starts_with("notify all")) return "notify all";
        return relacys;
    }

    // The object's number; it has a name as soon as an operation in the source names it.
    std::size_t object_at(const std::string& address, const step& next, bool is_nameless) {
        const auto [at, is_new] = number_at_.try_emplace(address, objects_.size());
        if (is_new) objects_.emplace_back();
        object& found = objects_[at->second];
        if (found.name.empty() && !is_nameless) {
            found.name = operand_at(next.at);
            found.ordinal = ++alike_[found.name];
        }
        return at->second;
    }

    // Puts names in the places of numbers, now that it is known which names are shared.
    [[nodiscard]] std::string fill_in(const std::string& text) const {
        if (!text.starts_with("{")) return text;
        const auto end = text.find('}');
        const auto& [name, ordinal, writes] = objects_[std::stoul(text.substr(1, end - 1))];
        const std::string rest = text.substr(end + 1);
        return alike_.at(name) == 1 ? name + rest : fmt::format("{}#{}{}", name, ordinal, rest);
    }

    // Pointers as p1, p2, ..., and large numbers, which are words of bits, in hexadecimal.
    std::string short_values(const std::string& text) {
        static const std::regex number(R"(0x[0-9a-f]{4,}|\b\d{6,}\b)");
        std::string result;
        auto rest = text.cbegin();
        for (std::sregex_iterator each(text.begin(), text.end(), number), end; each != end;
             ++each) {
            result.append(rest, (*each)[0].first);
            rest = (*each)[0].second;
            const std::string found = each->str();
            if (found.starts_with("0x")) {
                const auto [at, is_new] = pointers_.try_emplace(found, pointers_.size() + 1);
                result += fmt::format("p{}", at->second);
            } else {
                std::uint64_t value = 0;
                std::from_chars(found.data(), found.data() + found.size(), value);
                result += fmt::format("{:#x}", value);
            }
        }
        return result.append(rest, text.cend());
    }

    static void trim_and_end(std::string& all) {
        all.erase(all.find_last_not_of(' ') + 1);
        all += '\n';
    }

    bool has_begun_ = false;
    bool has_ended_ = false;
    std::vector<row> rows_;
    std::vector<object> objects_;
    std::map<std::string, std::size_t> number_at_;  // Of the object at an address.
    std::map<std::string, unsigned> alike_;         // Objects by name.
    std::map<std::string, std::size_t> pointers_;   // Their numbers.
};

}  // namespace

std::string history_table(std::istream& relacys_lines) {
    table steps;
    std::string leaks;
    bool are_leaks = false;
    bool are_steps = true;
    for (std::string line; std::getline(relacys_lines, line);) {
        if (line == "thread 0:") are_steps = false;  // Relacy repeats the steps by thread.
        if (line == "memory allocations:" || line == "leaked atomics:") are_leaks = true;
        if (are_leaks)
            leaks += line + '\n';
        else if (are_steps)
            if (const auto parsed = parse_step(line)) steps.add(*parsed);
    }
    return steps.text() + leaks;
}

}  // namespace model
