// stress/harness/shard.hpp: which part of a sharded figure the calling thread adds to.
#pragma once

#include <cstddef>

namespace stress {

inline constexpr std::size_t shards = 64;

// Not inlined: a coroutine may go on on another thread, where the address of this thread's number,
// kept across the suspension, would be the wrong one or none.
[[nodiscard, gnu::noinline]] std::size_t shard_of_this_thread() noexcept;

}  // namespace stress
