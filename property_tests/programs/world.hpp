// property_tests/programs/world.hpp: a program that runs: its ledger, what its tasks share, and how
// they carry out their scripts.
#pragma once

#include <property_tests/programs/connections.hpp>
#include <property_tests/programs/futures.hpp>
#include <property_tests/programs/ledger.hpp>
#include <property_tests/programs/program.hpp>

#include <yot_run/net/tcp_listener.hpp>
#include <yot_run/net/tcp_stream.hpp>
#include <yot_run/runtime/runtime.hpp>
#include <yot_run/task/join_handle.hpp>
#include <yot_run/task/task.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace programs {

struct script_failed {
    task_id who;
};

// A task that may be joined.
struct held {
    task_id id = 0;
    yot_run::join_handle<output> handle;
};

struct world {
    world(const program& what) : plan(what), account(what.workers) {}

    // Everything that a task may do to another one goes through here.
    const program& plan;
    ledger account;
    connections network;
    std::array<bell, 4> bells;
    std::vector<waker> hoard;
    std::optional<yot_run::net::socket_address> listener;
    bool port_is_open = false;
    std::size_t spawned = 0;
    std::size_t may_be_spawned = 60;
    bool has_group = false;
    std::size_t accepted = 0;

    [[nodiscard]] bool may_spawn() const { return spawned < may_be_spawned; }
    // Once in a program there may be very many more.
    [[nodiscard]] bool may_spawn_group(std::size_t size) {
        if (std::exchange(has_group, true)) return false;
        may_be_spawned += size;
        return true;
    }
    [[nodiscard]] bell& bell_at(std::size_t which) { return bells[which % bells.size()]; }
    void wake_hoarded(std::size_t which);
};

// While it lives, the ledger knows that the task waits.
class waiting {
public:
    waiting(ledger& account, task_id who, std::string what, std::function<bool()> could_go_on)
        : account_(&account),
          position_(account.begin_wait(who, std::move(what), std::move(could_go_on))) {}
    waiting(const waiting&) = delete;
    waiting& operator=(const waiting&) = delete;
    ~waiting() { account_->end_wait(position_); }

private:
    ledger* account_;
    ledger::wait_position position_;
};

// One end of a connection. Closed with it, and the account is told before.
struct stream {
    stream(party end, yot_run::net::tcp_stream connected)
        : who(std::move(end)), tcp(std::move(connected)) {}
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    ~stream() {
        if (!is_split) who.close();
    }

    party who;
    bool has_shut_reading = false;
    bool has_shut_writing = false;
    bool is_split = false;
    yot_run::net::tcp_stream tcp;
};

// What a task has.
struct actor {
    world& in;
    task_id id;
    bool is_bounded;  // All its waits have an end.
    bool is_server;   // Works on the connection that it was given.
    std::size_t first_to_spawn;
    std::vector<held> handles;
    std::vector<std::unique_ptr<stream>> streams;

    [[nodiscard]] std::optional<held> take_handle(std::size_t which);
};

// Spawns `work(id)` as a task, from inside or by `runtime`. `which` decides how it is written.
using work_of_task = std::move_only_function<yot_run::task<output>(task_id)>;
[[nodiscard]] held spawn_task(world& in, std::string name, std::size_t which, work_of_task work,
                              yot_run::runtime* runtime);
[[nodiscard]] held spawn_script(world& in, std::size_t index, std::size_t which,
                                yot_run::runtime* runtime);

// Carries out a script.
[[nodiscard]] yot_run::task<output> carry_out(world& in, task_id id, const script& what,
                                              std::size_t first_to_spawn, bool is_bounded,
                                              std::unique_ptr<stream> with);
// Accepts for ever; each connection is a task with one of the server scripts.
struct open_port {
    open_port(world& of, yot_run::net::tcp_listener listening)
        : in(of), listener(std::move(listening)) {
        in.port_is_open = true;
    }
    open_port(const open_port&) = delete;
    open_port& operator=(const open_port&) = delete;
    ~open_port() { in.port_is_open = false; }

    world& in;
    yot_run::net::tcp_listener listener;
};
[[nodiscard]] yot_run::task<output> accept_all(std::shared_ptr<open_port> port, task_id id);

// Whose handle nobody keeps; from inside.
void spawn_detached(world& in, const char* name, std::size_t which, work_of_task work);

// What a task waits for (wait_operations.cpp).
[[nodiscard]] yot_run::task<> do_wait(actor& self, operation what);
void ring_later(actor& self, operation what);

// Ping-pong, a relay, a crowd (group_operations.cpp).
void spawn_group(actor& self, operation what);

// The operations on streams (stream_operations.cpp).
[[nodiscard]] yot_run::task<> do_connect(actor& self, operation what);
[[nodiscard]] yot_run::task<> do_exchange(actor& self, operation what);
[[nodiscard]] yot_run::task<> do_write(actor& self, operation what);
[[nodiscard]] yot_run::task<> do_read(actor& self, operation what);
void do_to_stream(actor& self, operation what);
void do_split(actor& self, operation what);

// How the outcome of a handle is told to the ledger.
template <class Give>
void deliver_outcome(ledger& account, task_id id, Give give) {
    ending how = ending::gave;
    try {
        const output got = give();
        ledger::require(got.of() == id, "P1: a handle gives the output of another task");
    } catch (const script_failed& error) {
        ledger::require(error.who == id, "P1: a handle gives the exception of another task");
        how = ending::threw;
    } catch (const yot_run::task_cancelled&) {
        how = ending::cancelled;
    }
    account.deliver(id, how);
}

}  // namespace programs
