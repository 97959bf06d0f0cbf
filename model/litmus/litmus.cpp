// model/litmus/litmus.cpp: what C++20 allows a few threads to see, and what each checker can show of it.
//
// Each test is a program and one outcome. The standard allows or forbids the outcome; each checker
// sees it or does not, by random search and in the whole tree. The table says what is expected, and
// a difference in either direction fails: so the limits of the other models' evidence are evidence
// themselves. Where a checker does not see what is allowed, it cannot find the bugs that need it;
// where it sees what is forbidden, it may report bugs that are none.
//
// Names as in the literature (Alglave, Maranget, Tautschnig, "Herding cats", TOPLAS 2014); Z6.U is
// from Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11" (PLDI
// 2017), and became P0668. The seam has no fences, so there are none here.
//
// `--scenario NAME` runs one, and prints an execution with the outcome.
#include <model/litmus/tests.hpp>
#include <model/search.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

namespace {

using namespace litmus;

constexpr bool is_view_world = std::string_view(YOT_RUN_MODEL_WORLD) == "view_world";
const test* current = nullptr;

class litmus_test : public model::test {
    void thread(unsigned index) override { current->threads[index](memory_); }
    void after() override {
        if (current->outcome == nullptr) return;
        memory_.x_at_the_end = memory_.x.load(relaxed);
        memory_.y_at_the_end = memory_.y.load(relaxed);
        model::check(!current->outcome(memory_), "the outcome does not occur");
    }
    memory memory_;
};

model::search_report look(const test& row, model::search_kind kind, bool prints) {
    unsigned threads = 0;
    while (threads < 4 && row.threads[threads] != nullptr) ++threads;
    const model::scenario scenario =
        model::scenario::of<litmus_test>(row.name, {.threads = threads});
    current = &row;
    model::search_request request;
    request.what = &scenario;
    request.kind = kind;
    request.executions = 100'000;
    request.prints_history = prints;
    request.records_load_buffering = is_view_world;
    return model::search(request);
}

const char* text(bool seen) { return seen ? "seen" : "not seen"; }

// A search says something about the outcome if it found that, or ended without.
bool says_something(const test& row, const model::search_report& search) {
    using model::search_end;
    const auto sought = row.outcome == nullptr ? rl::test_result_data_race
                                               : rl::test_result_user_assert_failed;
    return search.end == search_end::passed || search.end == search_end::stopped ||
           (search.end == search_end::found && search.result == sought);
}

enum class comparison { as_expected, unexpected, broken };

comparison run(const test& row, bool prints) {
    const auto random_search = look(row, model::search_kind::random, prints);
    const auto tree = look(row, model::search_kind::tree, false);
    if (!says_something(row, random_search) || !says_something(row, tree)) {
        std::printf("%-40s a search died, hung, or found something else: BROKEN\n", row.name);
        return comparison::broken;
    }
    const bool random = random_search.end == model::search_end::found;
    const bool is_flagged = tree.load_buffering.begin() != tree.load_buffering.end();
    const bool seen = random || tree.end == model::search_end::found;
    const bool expected = (is_view_world ? row.view : row.relacy) == shows::yes;
    const bool is_good = seen == expected && (!is_view_world || is_flagged == row.is_flagged);
    std::printf("%-40s %-9s  random: %-8s  tree: %-8s %-10s %-7s %s\n", row.name,
                row.standard == verdict::allowed ? "allowed" : "forbidden", text(random),
                text(tree.end == model::search_end::found),
                tree.end == model::search_end::stopped ? "(stopped)" : "",
                is_flagged ? "flagged" : "", is_good ? "" : "UNEXPECTED");
    return is_good ? comparison::as_expected : comparison::unexpected;
}

}  // namespace

// For model/step_mutants, which breaks the checker's rules: as a search that found something.
void report_unexpected(const std::string& file, const test& row) {
    if (std::FILE* const report = file.empty() ? nullptr : std::fopen(file.c_str(), "a")) {
        std::fprintf(report, ",%s,%s,random,1,1,1,1,0,found,UNEXPECTED\n", row.name,
                     YOT_RUN_MODEL_WORLD);
        std::fclose(report);
    }
}

int main(int argc, char** argv) {
    std::string name;
    std::string report;
    CLI::App app("Litmus tests of the checkers.");
    app.add_option("--scenario", name, "only this test, with an execution of its outcome");
    app.add_option("--report", report, "adds a line to this file for each unexpected result");
    app.allow_extras();  // What else the models can be asked for means nothing here.
    CLI11_PARSE(app, argc, argv);
    bool good = true;
    for (const test& row : tests) {
        if (!name.empty() && row.name != name) continue;
        const comparison result = run(row, !name.empty());
        good = good && result == comparison::as_expected;
        if (result == comparison::unexpected) report_unexpected(report, row);
    }
    std::puts(good ? "PASSED" : "FAILED");
    return good ? 0 : 1;
}
