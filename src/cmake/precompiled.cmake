# What nearly every source includes, compiled once for each target. To build often, since a source that
# forgets an include is not noticed. For Clang: g++ then warns of what it would not otherwise.
option(YOT_RUN_PRECOMPILE "Compile the standard library's headers once for each target" OFF)

# yot_run_precompile(TARGET [HEADER...]): these, and the usual ones of the standard library.
function(yot_run_precompile target)
    if(NOT YOT_RUN_PRECOMPILE)
        return()
    endif()
    target_precompile_headers(${target} PRIVATE
        <algorithm> <array> <atomic> <chrono> <condition_variable> <coroutine> <deque> <exception>
        <expected> <functional> <memory> <mutex> <optional> <random> <span> <string> <system_error>
        <thread> <tuple> <utility> <variant> <vector> ${ARGN})
    # Else a cache of compilations finds nothing again.
    target_compile_options(${target} PRIVATE
        $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)
endfunction()
