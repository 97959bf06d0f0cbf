// An echo server, and a client that does not give up: one code, which retrying_echo.cpp runs on real
// sockets and simulated_echo.cpp in simulation.
#pragma once

#include <yot_run/yot_run.hpp>

#include <chrono>
#include <string>
#include <vector>

// What a client may do wrong; simulated_echo.cpp shows how that is found.
enum class mistake {
    none,
    no_retry,         // An attempt that fails is the last.
    kept_connection,  // Goes on with a connection on which an answer is late: it comes next.
};

struct client_options {
    unsigned requests = 10;
    unsigned most_attempts = 30;  // At each request.
    std::chrono::milliseconds time_for_an_answer{50};
    std::chrono::milliseconds first_pause{10};  // Between attempts; doubled each time, up to
    std::chrono::milliseconds longest_pause{1000};
    mistake does = mistake::none;
};

// A request that the server has acknowledged.
struct exchange {
    std::string request;
    std::string answer;
};

struct client_report {
    std::vector<exchange> acknowledged;
    unsigned attempts = 0;
};

// Sends back whatever it receives, to everybody, until it is aborted.
yot_run::task<> serve_echo(yot_run::net::tcp_listener listener);

// Sends its requests one after the other, each again and again until it is answered.
yot_run::task<client_report> ask_echo(yot_run::net::socket_address server, std::string name,
                                      client_options options);

// A server and so many clients, until all of these are done.
yot_run::task<std::vector<client_report>> run_echo(unsigned clients, client_options options);
