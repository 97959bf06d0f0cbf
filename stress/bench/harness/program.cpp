#include "harness/program.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace bench {

namespace {

void print_line(const metrics& metrics) {
    std::string line;
    for (const auto& [name, value] : metrics)
        line += fmt::format("{}\"{}\": {:.6g}", line.empty() ? "" : ", ", name, value);
    fmt::print("{{{}}}\n", line);
    std::fflush(stdout);
}

std::vector<std::string> names_of(const std::vector<work>& works) {
    std::vector<std::string> names;
    for (const work& work : works) names.push_back(work.name);
    return names;
}

int print_lines(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) fmt::print("{}\n", line);
    return 0;
}

}  // namespace

int run(const program& program, int argument_count, char** arguments) {
    settings settings;
    std::string name;
    CLI::App app(program.about);
    app.add_option("work", name, "A work, or `list`, or `placements`")->required();
    app.add_option("--workers", settings.workers, "Worker threads")
        ->check(CLI::Range(1U, 1024U))
        ->capture_default_str();
    app.add_option("--count", settings.count, "How much to do; default: what the work is named for")
        ->check(CLI::PositiveNumber);
    app.add_option("--message-bytes", settings.message_bytes, "Buffer of an echoed connection")
        ->check(CLI::Range(std::size_t{1}, std::size_t{16} << 20))
        ->capture_default_str();
    app.add_option("--seconds", settings.seconds, "How long to watch an idle runtime")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    if (!program.placements.empty())
        app.add_option("--placement", settings.placement, "Who drives the reactor")
            ->check(CLI::IsMember(program.placements));
    CLI11_PARSE(app, argument_count, arguments);

    if (name == "list") return print_lines(names_of(program.works));
    if (name == "placements") return print_lines(program.placements);
    const auto work = std::ranges::find(program.works, name, &work::name);
    if (work == program.works.end()) {
        fmt::print(stderr, "there is no work '{}'; `list` tells which there are\n", name);
        return 2;
    }
    if (settings.count == 0) settings.count = work->default_count;
    try {
        print_line(work->run(settings));
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}\n", name, error.what());
        return 1;
    }
    return 0;
}

void require(bool holds, const char* what) {
    if (!holds) throw std::runtime_error(std::string("wrong result: ") + what);
}

void announce_port(unsigned port) {
    fmt::print("{{\"port\": {}}}\n", port);
    std::fflush(stdout);
}

}  // namespace bench
