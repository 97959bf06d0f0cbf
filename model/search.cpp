#include <model/search.hpp>

#include <model/history.hpp>
#include <model/schedulers.hpp>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace model {
namespace {

using clock = std::chrono::steady_clock;

// A set of hashes. Its memory is not the model's: Relacy must not see it.
class hash_set {
public:
    // True: it was not there.
    bool add(std::uint64_t hash) {
        if (hash == 0) hash = 1;
        if (2 * size_ >= slots_.size()) grow();
        if (!place(slots_, hash)) return false;
        ++size_;
        return true;
    }

private:
    using table = rl::vector<std::uint64_t>::type;

    static bool place(table& slots, std::uint64_t hash) {
        const std::size_t mask = slots.size() - 1;
        std::size_t at = hash & mask;
        for (; slots[at] != 0; at = (at + 1) & mask)
            if (slots[at] == hash) return false;
        slots[at] = hash;
        return true;
    }
    void grow() {
        table larger(std::max<std::size_t>(1024, 2 * slots_.size()), 0);
        for (const std::uint64_t hash : slots_)
            if (hash != 0) place(larger, hash);
        slots_.swap(larger);
    }

    table slots_;
    std::size_t size_ = 0;
};

// What the suites below, which Relacy makes, need to know.
struct running_search {
    const search_request* request;
    search_report* report;
    hash_set seen;
};
running_search* running = nullptr;

// A scenario as Relacy wants it: a type of its own for each number of threads.
template <unsigned Threads, unsigned Started>
class suite : public rl::test_suite<suite<Threads, Started>, rl::thread_id_t{Threads}> {
public:
    static constexpr rl::thread_id_t dynamic_thread_count = rl::thread_id_t{Started};
    static_assert(Threads + Started <= max_threads);

    suite() {
        begin();
        yot_run::sync::internal::execution_begins();
        test_.reset(running->request->what->make());
    }
    void before() {
        test_->before();
        yot_run::sync::internal::threads_begin();
    }
    void thread(unsigned index) { test_->thread(index); }
    void after() {
        yot_run::sync::internal::threads_ended();
        test_->after();
        test_.reset();
        if (running->seen.add(trace().hash)) ++running->report->distinct;
    }

private:
    static void begin() {
        trace() = {0, trace().number + 1};
        search_report& report = *running->report;
        const search_request& request = *running->request;
        // What was found is run a second time, for its history.
        if (rl::ctx().collecting_history() && !(request.prints_all || request.prints_raw)) return;
        if (request.kind != search_kind::random && report.executions == request.executions) {
            report.end = search_end::stopped;
            std::fflush(stdout);
            _exit(0);
        }
        report.execution = request.first + report.executions++;
    }

    std::unique_ptr<test> test_;
};

using simulation = void (*)(rl::test_params&);

simulation simulation_of(const bounds& limits) {
    constexpr simulation unstarted[] = {simulate<suite<1, 0>>, simulate<suite<2, 0>>,
                                        simulate<suite<3, 0>>, simulate<suite<4, 0>>};
    constexpr simulation started[] = {simulate<suite<1, 1>>, simulate<suite<1, 2>>,
                                      simulate<suite<1, 3>>};
    if (limits.started == 0 && limits.threads >= 1 && limits.threads <= 4)
        return unstarted[limits.threads - 1];
    if (limits.threads == 1 && limits.started <= 3) return started[limits.started - 1];
    std::fputs("model: these numbers of threads are not provided for; see search.cpp\n", stderr);
    std::abort();
}

// A fault in a model: most likely it followed a pointer out of memory that was freed
// (allocation.cpp fills that with a pattern), or overran its stack.
[[maybe_unused]] void on_fault(int /*signal*/) {
    if (!rl::is_ctx() || rl::ctx().threadx_ == nullptr) _exit(3);
    fail(rl::test_result_access_to_freed_memory, "a wild pointer, after the step named here",
         trace().last);
}

void catch_faults() {
#ifndef YOT_RUN_MODEL_ASAN
    static char stack[64 * 1024];
    const stack_t alternative{stack, 0, sizeof(stack)};
    sigaltstack(&alternative, nullptr);
    struct sigaction action{};
    action.sa_handler = on_fault;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
#endif
}

void print_table(const rl::ostringstream& output) {
    std::istringstream lines(output.str().c_str());
    std::fputs(history_table(lines).c_str(), stdout);
}

void print_findings(const search_request& request, const rl::test_params& parameters,
                    const rl::ostringstream& output) {
    print_table(output);
    if (request.kind != search_kind::random)
        std::printf("state of the search: %s\n", parameters.final_state.c_str());
}

[[noreturn]] void search_in_child(const search_request& request, search_report& report) {
    catch_faults();
    running_search state{&request, &report, {}};
    running = &state;
    watch() = {request.records_sites ? &report.sites : nullptr, request.target, request.instead,
               &report.target_reached};

    if (request.records_load_buffering) load_buffering_watch() = &report.load_buffering;

    rl::test_params parameters;
    rl::ostringstream output;
    rl::ostringstream progress;
    parameters.output_stream = &output;
    parameters.progress_stream = &progress;
    parameters.execution_depth_limit = 20'000;
    parameters.context_bound = request.what->limits.preemptions;
    parameters.collect_history = parameters.output_history =
        request.prints_all || request.prints_raw;
    switch (request.kind) {
        case search_kind::random:
            parameters.search_type = rl::sched_random;
            parameters.iteration_count = request.first + request.executions - 1;
            parameters.initial_state = (std::to_string(request.first) + " ").c_str();
            break;
        case search_kind::bounded:
            parameters.search_type = rl::sched_bound;
            break;
        case search_kind::tree:
            parameters.search_type = rl::sched_full;
            break;
    }
    if (!request.state.empty()) parameters.initial_state = request.state.c_str();
    if (request.prints_raw) parameters.output_stream = &std::cout;
    simulation_of(request.what->limits)(parameters);

    report.result = parameters.test_result;
    report.end = report.result == rl::test_result_success ? search_end::passed : search_end::found;
    if (report.end == search_end::found) {
        report.execution = parameters.stop_iteration;
        if (request.prints_history) print_findings(request, parameters, output);
    } else if (request.prints_all) {
        print_table(output);
    }
    std::fflush(stdout);
    std::cout.flush();
    _exit(0);
}

// Waits for the child, or ends it. True: it ended by itself.
bool await(pid_t child, int& status, unsigned time_limit_s) {
    const auto deadline = clock::now() + std::chrono::seconds(time_limit_s);
    while (waitpid(child, &status, WNOHANG) != child) {
        if (clock::now() > deadline) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace

const char* name_of(search_kind kind) noexcept {
    switch (kind) {
        case search_kind::random:
            return "random";
        case search_kind::bounded:
            return "bounded";
        case search_kind::tree:
            return "tree";
    }
    return "?";
}

void check(bool holds, const char* what, where at) {
    if (!holds) fail(rl::test_result_user_assert_failed, what, at);
}

void yield() { rl::yield(1, info_of(where::here())); }

search_report search(const search_request& request) {
    void* const memory = mmap(nullptr, sizeof(search_report), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        std::perror("model: no memory for a report");
        std::abort();
    }
    auto* const shared = ::new (memory) search_report;
    std::fflush(stdout);
    const auto begin = clock::now();
    const pid_t child = fork();
    if (child == 0) search_in_child(request, *shared);
    int status = 0;
    const bool ended = child > 0 && await(child, status, request.time_limit_s);
    search_report report = *shared;
    if (!ended) report.end = search_end::hung;
    report.status = status;
    report.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    munmap(memory, sizeof(search_report));
    return report;
}

}  // namespace model
