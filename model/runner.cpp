#include <model/harness.hpp>
#include <model/options.hpp>
#include <model/search.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <sys/wait.h>

namespace model {
namespace {

constexpr const char* world_name = YOT_RUN_MODEL_WORLD;

std::uint64_t executions_of(const scenario& what, search_kind kind) {
    switch (kind) {
        case search_kind::random:
            return what.limits.random;
        case search_kind::bounded:
            return what.limits.bounded;
        case search_kind::tree:
            return what.limits.tree;
    }
    return 0;
}

bool is_wrong_on_purpose(const scenario& what) { return what.expected != rl::test_result_success; }

// The searches that a scenario gets, in the order in which they find most.
std::vector<search_request> searches_of(const scenario& what, const options& given) {
    std::vector<search_request> all;
    for (const auto kind : {search_kind::random, search_kind::bounded, search_kind::tree}) {
        if (given.kind && *given.kind != kind) continue;
        if (given.execution != 0 && kind != search_kind::random) continue;
        search_request request;
        request.what = &what;
        request.kind = kind;
        request.executions = given.scale * executions_of(what, kind);
        // What must be found takes as many as it takes.
        if (given.executions != 0 && !is_wrong_on_purpose(what))
            request.executions = given.executions;
        if (kind == search_kind::random) request.first = given.first;
        if (given.execution != 0) {
            request.first = given.execution;
            request.executions = 1;
            request.prints_raw = given.raw;
            request.prints_all = !given.raw;
        }
        request.state = given.state;
        request.time_limit_s = given.time_limit_s;
        request.records_load_buffering = given.load_buffering;
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
            else
                std::printf(", complete: nothing found\n");
            break;
        case search_end::stopped:
            std::printf(", there are more: nothing found\n");
            break;
        case search_end::found:
            std::printf(": FOUND %s in execution %llu\n", rl::test_result_str(report.result), last);
            break;
        case search_end::crashed:
            std::printf(
                ": DIED in execution %llu (%s %d)\n", last,
                WIFSIGNALED(report.status) ? "signal" : "status",
                WIFSIGNALED(report.status) ? WTERMSIG(report.status) : WEXITSTATUS(report.status));
            break;
        case search_end::hung:
            std::printf(": HUNG in execution %llu\n", last);
            break;
    }
    std::fflush(stdout);
}

const char* text_of(search_end end) {
    switch (end) {
        case search_end::passed:
            return "complete";
        case search_end::stopped:
            return "stopped";
        case search_end::found:
            return "found";
        case search_end::crashed:
            return "died";
        case search_end::hung:
            return "hung";
    }
    return "?";
}

// One line for the tools that run many models: ci/model and model/mutate.
void add_to_report(const options& given, const std::string& change, const search_request& request,
                   const search_report& report) {
    if (given.report.empty()) return;
    std::FILE* const file = std::fopen(given.report.c_str(), "a");
    if (file == nullptr) {
        std::perror(given.report.c_str());
        std::exit(2);
    }
    const bool found = report.end == search_end::found;
    std::fprintf(file, "%s,%s,%s,%s,%llu,%llu,%llu,%llu,%.3f,%s,%s\n", change.c_str(),
                 request.what->name, world_name, name_of(request.kind),
                 static_cast<unsigned long long>(request.first),
                 static_cast<unsigned long long>(report.executions),
                 static_cast<unsigned long long>(report.distinct),
                 static_cast<unsigned long long>(report.execution), report.seconds,
                 text_of(report.end), found ? rl::test_result_str(report.result) : "");
    std::fclose(file);
}

// `change` is the mutation that was tried, or empty.
void print_replay(const std::string& program, const scenario& what, const std::string& change,
                  const search_request& request, const search_report& report) {
    std::printf("replay: %s --scenario %s", program.c_str(), what.name);
    if (request.kind == search_kind::random)
        std::printf(" --execution %llu", static_cast<unsigned long long>(report.execution));
    else
        std::printf(" --search %s --state '(as above)'", name_of(request.kind));
    if (!change.empty()) std::printf(" --mutate %s --history", change.c_str());
    std::puts("");
}

std::string place(const where& at) {
    return std::string(at.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void print_load_buffering(const search_report& report) {
    for (const load_buffering_pair& each : report.load_buffering)
        std::printf("load buffering:\t%s\t%s\n", place(each.load).c_str(),
                    place(each.store).c_str());
}

bool is_quiet(search_end end) { return end == search_end::passed || end == search_end::stopped; }

// True: the scenario did what is expected of it.
bool run_scenario(const scenario& what, const options& given) {
    const bool is_wrong = is_wrong_on_purpose(what);
    for (search_request request : searches_of(what, given)) {
        request.prints_history = !is_wrong || given.history;
        const search_report report = search(request);
        print_report(what, request, report);
        add_to_report(given, "", request, report);
        print_load_buffering(report);
        if (is_wrong) {
            if (report.end == search_end::found && report.result == what.expected) continue;
            std::printf("NOT FOUND: %s\n", rl::test_result_str(what.expected));
            return false;
        }
        if (is_quiet(report.end)) continue;
        print_replay(given.program, what, "", request, report);
        return false;
    }
    return true;
}

// The sites that the scenario runs, added to `all`.
void collect_sites(const scenario& what, const options& given, site_table& all) {
    options few = given;
    few.kind = search_kind::random;
    if (few.executions == 0) few.executions = 2'000;
    few.execution = 0;
    for (search_request request : searches_of(what, few)) {
        request.records_sites = true;
        request.prints_history = false;
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
        std::printf("%s\t%s\t%s:%u:%u:%s\n", describe(each, all).c_str(),
                    name_of(each.order).data(), each.at.file, each.at.line, each.at.column,
                    name_of(each.what).data());
}

enum class verdict { found, survived, not_run };

// Runs everything with one operation changed, until something is found.
verdict try_mutation(const std::vector<const scenario*>& chosen, const options& given,
                     const std::string& name, const mutation& change, const site& target) {
    std::uint64_t reached = 0;
    for (const scenario* each : chosen) {
        if (is_wrong_on_purpose(*each)) continue;
        for (search_request request : searches_of(*each, given)) {
            request.target = &target;
            request.instead = change.how;
            request.prints_history = given.history;
            const search_report report = search(request);
            add_to_report(given, name, request, report);
            print_load_buffering(report);
            reached += report.target_reached;
            if (is_quiet(report.end)) continue;
            print_report(*each, request, report);
            if (given.history) print_replay(given.program, *each, name, request, report);
            return verdict::found;
        }
    }
    std::puts(reached > 0 ? "SURVIVED: no search saw the difference" : "NOT RUN by any scenario");
    return reached > 0 ? verdict::survived : verdict::not_run;
}

int run_mutations(const std::vector<const scenario*>& chosen, const options& given) {
    std::vector<site> sites;  // Looked for only if a mutation is named by function.
    std::vector<std::string> names;
    for (const std::string& name : given.mutations) {
        const std::optional<mutation> change = parse_mutation(name);
        if (sites.empty() && !(change && change->is_exact())) sites = sites_of(chosen, given);
        if (name != "all")
            names.push_back(name);
        else
            for (const std::string& each : all_mutations(sites)) names.push_back(each);
    }
    std::size_t found = 0;
    for (const std::string& name : names) {
        const std::optional<mutation> change = parse_mutation(name);
        const std::optional<site> target = change ? find_target(*change, sites) : std::nullopt;
        if (!target) {
            std::fprintf(stderr, "%s: no such operation here, or no change; see --sites\n",
                         name.c_str());
            return 2;
        }
        std::printf("%s:%c", name.c_str(), given.history || given.load_buffering ? '\n' : ' ');
        std::fflush(stdout);
        const verdict seen = try_mutation(chosen, given, name, *change, *target);
        if (seen == verdict::not_run) return 2;
        if (seen == verdict::found) ++found;
    }
    if (names.size() > 1) std::printf("%zu of %zu found\n", found, names.size());
    return found == names.size() ? 0 : 1;
}

}  // namespace

int run(int argc, char** argv, std::initializer_list<scenario> scenarios) {
    int status = 0;
    const std::optional<options> given = parse_options(argc, argv, status);
    if (!given) return status;
    std::vector<const scenario*> chosen;
    for (const scenario& each : scenarios)
        if (given->scenario.empty() || given->scenario == each.name) chosen.push_back(&each);
    if (chosen.empty()) {
        std::fprintf(stderr, "there is no scenario '%s'; see --list\n", given->scenario.c_str());
        return 2;
    }
    if (given->list) {
        for (const scenario* each : chosen) std::puts(each->name);
        return 0;
    }
    if (given->sites) return list_sites(sites_of(chosen, *given)), 0;
    if (!given->mutations.empty()) return run_mutations(chosen, *given);
    bool good = true;
    for (const scenario* each : chosen) good = run_scenario(*each, *given) && good;
    std::printf("%s\n", good ? "PASSED" : "FAILED");
    return good ? 0 : 1;
}

}  // namespace model
