#include <model/options.hpp>

#include <CLI/CLI.hpp>

#include <map>

namespace model {

std::optional<options> parse_options(int argc, char** argv, int& status) {
    options result;
    result.program = argv[0];
    search_kind kind{};
    const std::map<std::string, search_kind> kinds{
        {name_of(search_kind::random), search_kind::random},
        {name_of(search_kind::bounded), search_kind::bounded},
        {name_of(search_kind::tree), search_kind::tree}};

    CLI::App app("Searches the executions of the scenarios of a model.");
    app.add_flag("--list", result.list, "names the scenarios");
    app.add_option("--scenario", result.scenario, "only this one");
    auto* const search =
        app.add_option("--search", kind, "only this search: random, bounded or tree")
            ->transform(CLI::CheckedTransformer(kinds));
    app.add_option("--executions", result.executions,
                   "as many of each search, instead of what the scenario says")
        ->check(CLI::PositiveNumber);
    app.add_option("--scale", result.scale, "times as many of each search as the scenario says")
        ->check(CLI::PositiveNumber);
    app.add_option("--first", result.first, "the number, and seed, of the first random execution")
        ->check(CLI::PositiveNumber);
    auto* const execution =
        app.add_option("--execution", result.execution,
                       "only the random execution of this number, as a table of its steps")
            ->check(CLI::PositiveNumber);
    app.add_flag("--raw", result.raw,
                 "with --execution: each step as it happens, for one that crashes or hangs")
        ->needs(execution);
    app.add_option("--state", result.state,
                   "a tree search from the state that a failed one printed")
        ->needs(search);
    app.add_flag(
        "--sites", result.sites,
        "names the operations of the shipping code that the searches run: name, order, place");
    app.add_flag("--load-buffering", result.load_buffering,
                 "on the view machine: names the pairs of a load and a store that would need load "
                 "buffering to be ruled out (worlds/load_buffering.hpp), also of what is changed");
    app.add_option("--mutate", result.mutations,
                   "changes one operation, SITE=HOW (order_sites.hpp), and succeeds if that is "
                   "found; several are tried one after the other; `all` stands for every change");
    app.add_flag("--history", result.history, "with --mutate: prints the execution that showed it");
    app.add_option("--report", result.report, "adds a line to this file for each search, as CSV");
    app.add_option("--time-limit", result.time_limit_s,
                   "ends a search after so many seconds, as failed");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        status = app.exit(error) == 0 ? 0 : 2;
        return std::nullopt;
    }
    if (search->count() > 0) result.kind = kind;
    return result;
}

}  // namespace model
