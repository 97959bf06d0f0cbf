#include <model/harness.hpp>
#include <model/search.hpp>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/wait.h>

namespace model {
namespace {

constexpr const char* world_name = YOT_RUN_MODEL_WORLD;

constexpr const char* usage =
    "Searches the executions of the scenarios of a model.\n"
    "  --list              names the scenarios\n"
    "  --scenario NAME     only this one\n"
    "  --search KIND       only this search: random, bounded or tree\n"
    "  --executions N      as many of each search, instead of what the scenario says\n"
    "  --first N           the number, and seed, of the first random execution (default 1)\n"
    "  --execution N       only the random execution N, with all of its steps\n"
    "  --state 'NUMBERS'   with --search: a tree search from the state that a failed one printed\n"
    "  --sites             names the operations of the shipping code that the searches run\n"
    "  --mutate SITE=HOW   changes one operation (order_sites.hpp); succeeds if that is found\n"
    "  --mutate all        makes every such change in turn, and succeeds if all of them are found\n"
    "  --history           with --mutate: prints the execution that showed it\n"
    "  --time-limit S      ends a search after so many seconds, as failed (default 600)\n";

struct options {
    std::string_view scenario;
    std::optional<search_kind> kind;
    std::uint64_t executions = 0;
    std::uint64_t first = 1;
    std::uint64_t execution = 0;
    std::string state;
    std::string_view change;
    bool list = false;
    bool sites = false;
    bool history = false;
    bool help = false;
    unsigned time_limit_s = 600;
};

template <class Number>
bool parse(std::string_view text, Number& number) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

bool parse(std::string_view text, std::optional<search_kind>& kind) {
    for (const auto each : {search_kind::random, search_kind::bounded, search_kind::tree})
        if (text == name_of(each)) kind = each;
    return kind.has_value();
}

// One option that takes a value.
bool parse_value(options& into, std::string_view name, std::string_view value) {
    if (name == "--search") return parse(value, into.kind);
    if (name == "--executions") return parse(value, into.executions) && into.executions > 0;
    if (name == "--first") return parse(value, into.first) && into.first > 0;
    if (name == "--execution") return parse(value, into.execution) && into.execution > 0;
    if (name == "--time-limit") return parse(value, into.time_limit_s);
    if (name == "--scenario") into.scenario = value;
    else if (name == "--state") into.state = value;
    else if (name == "--mutate") into.change = value;
    else return false;
    return true;
}

std::optional<options> parse_options(int argc, char** argv) {
    options result;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--list") result.list = true;
        else if (name == "--sites") result.sites = true;
        else if (name == "--history") result.history = true;
        else if (name == "--help") result.help = true;
        else if (i + 1 == argc || !parse_value(result, name, argv[++i])) return std::nullopt;
    }
    return result;
}

std::uint64_t executions_of(const scenario& what, search_kind kind) {
    switch (kind) {
        case search_kind::random: return what.limits.random;
        case search_kind::bounded: return what.limits.bounded;
        case search_kind::tree: return what.limits.tree;
    }
    return 0;
}

// The searches that a scenario gets, in the order in which they find most.
std::vector<search_request> searches_of(const scenario& what, const options& given) {
    std::vector<search_request> all;
    for (const auto kind : {search_kind::random, search_kind::bounded, search_kind::tree}) {
        if (given.kind && *given.kind != kind) continue;
        if (given.execution != 0 && kind != search_kind::random) continue;
        search_request request;
        request.what = &what;
        request.kind = kind;
        request.executions = executions_of(what, kind);
        if (given.executions != 0) request.executions = given.executions;
        if (kind == search_kind::random) request.first = given.first;
        if (given.execution != 0) {
            request.first = given.execution;
            request.executions = 1;
            request.prints_all = true;
        }
        request.state = given.state;
        request.time_limit_s = given.time_limit_s;
        if (request.executions != 0) all.push_back(request);
    }
    return all;
}

void print_report(const scenario& what, const search_request& request,
                  const search_report& report) {
    std::printf("%s, %s, %s: %llu executions, %llu distinct, %.2f s", what.name, world_name,
                name_of(request.kind), static_cast<unsigned long long>(report.executions),
                static_cast<unsigned long long>(report.distinct), report.seconds);
    const auto last = static_cast<unsigned long long>(report.execution);
    switch (report.end) {
        case search_end::passed:
            if (request.kind == search_kind::random)
                std::printf(", seeds %llu to %llu: nothing found\n",
                            static_cast<unsigned long long>(request.first), last);
            else std::printf(", complete: nothing found\n");
            break;
        case search_end::stopped: std::printf(", there are more: nothing found\n"); break;
        case search_end::found:
            std::printf(": FOUND %s in execution %llu\n", rl::test_result_str(report.result), last);
            break;
        case search_end::crashed:
            std::printf(
                ": DIED in execution %llu (%s %d)\n", last,
                WIFSIGNALED(report.status) ? "signal" : "status",
                WIFSIGNALED(report.status) ? WTERMSIG(report.status) : WEXITSTATUS(report.status));
            break;
        case search_end::hung: std::printf(": HUNG in execution %llu\n", last); break;
    }
    std::fflush(stdout);
}

void print_replay(const char* program, const scenario& what, const search_request& request,
                  const search_report& report) {
    if (request.kind == search_kind::random)
        std::printf("replay: %s --scenario %s --execution %llu\n", program, what.name,
                    static_cast<unsigned long long>(report.execution));
    else
        std::printf("replay: %s --scenario %s --search %s --state '(as above)'\n", program,
                    what.name, name_of(request.kind));
}

bool is_quiet(search_end end) { return end == search_end::passed || end == search_end::stopped; }

// True: the scenario did what is expected of it.
bool run_scenario(const char* program, const scenario& what, const options& given) {
    const bool is_wrong = what.expected != rl::test_result_success;
    for (search_request request : searches_of(what, given)) {
        request.prints_history = !is_wrong || given.history;
        const search_report report = search(request);
        print_report(what, request, report);
        if (is_wrong) {
            if (report.end == search_end::found && report.result == what.expected) continue;
            std::printf("NOT FOUND: %s\n", rl::test_result_str(what.expected));
            return false;
        }
        if (is_quiet(report.end)) continue;
        print_replay(program, what, request, report);
        return false;
    }
    return true;
}

// The sites that the scenario runs, added to `all`.
void collect_sites(const scenario& what, const options& given, site_table& all) {
    options few = given;
    few.kind = search_kind::random;
    if (few.executions == 0) few.executions = 2'000;
    for (search_request request : searches_of(what, few)) {
        request.records_sites = true;
        for (const site& each : search(request).sites.sorted())
            all.add(each.what, each.order, each.at);
    }
}

std::vector<site> sites_of(const std::vector<const scenario*>& chosen, const options& given) {
    site_table table;
    for (const scenario* each : chosen) collect_sites(*each, given, table);
    return table.sorted();
}

void list_sites(const std::vector<site>& all) {
    for (const site& each : all)
        std::printf("%s %s, line %u\n", describe(each, all).c_str(), name_of(each.order).data(),
                    each.at.line);
}

// Runs everything with one operation changed, until something is found.
bool is_found(const std::vector<const scenario*>& chosen, const options& given,
              const mutation& change, const site& target) {
    for (const scenario* each : chosen) {
        for (search_request request : searches_of(*each, given)) {
            request.target = &target;
            request.instead = change.how;
            request.prints_history = given.history;
            const search_report report = search(request);
            if (is_quiet(report.end)) continue;
            print_report(*each, request, report);
            return true;
        }
    }
    std::puts("SURVIVED: no search saw the difference");
    return false;
}

int run_mutations(const std::vector<const scenario*>& chosen, const options& given) {
    const std::vector<site> sites = sites_of(chosen, given);
    std::vector<std::string> names{std::string(given.change)};
    if (given.change == "all") names = all_mutations(sites);
    std::size_t found = 0;
    for (const std::string& name : names) {
        const std::optional<mutation> change = parse_mutation(name);
        const std::optional<site> target = change ? find_target(*change, sites) : std::nullopt;
        if (!target) {
            std::printf("%s: no such operation here, or no change; see --sites\n", name.c_str());
            return 2;
        }
        std::printf("%s: ", name.c_str());
        if (is_found(chosen, given, *change, *target)) ++found;
    }
    if (given.change == "all") std::printf("%zu of %zu found\n", found, names.size());
    return found == names.size() ? 0 : 1;
}

}  // namespace

int run(int argc, char** argv, std::initializer_list<scenario> scenarios) {
    const std::optional<options> given = parse_options(argc, argv);
    if (!given || given->help) {
        std::fputs(usage, given ? stdout : stderr);
        return given ? 0 : 2;
    }
    std::vector<const scenario*> chosen;
    for (const scenario& each : scenarios)
        if (given->scenario.empty() || given->scenario == each.name) chosen.push_back(&each);
    if (chosen.empty()) {
        std::fputs("no such scenario; see --list\n", stderr);
        return 2;
    }
    if (given->list) {
        for (const scenario* each : chosen) std::puts(each->name);
        return 0;
    }
    if (given->sites) return list_sites(sites_of(chosen, *given)), 0;
    if (!given->change.empty()) return run_mutations(chosen, *given);
    bool good = true;
    for (const scenario* each : chosen) good = run_scenario(argv[0], *each, *given) && good;
    std::printf("%s\n", good ? "PASSED" : "FAILED");
    return good ? 0 : 1;
}

}  // namespace model
