// What the C library's heap keeps of memory that nobody uses.
#pragma once

namespace sideband {

// By default each of many threads gets a heap of its own, up to 8 a core, and what one of them
// freed no other uses. Before other threads start: one a core is enough for those that work at
// the same time. A large block is one of the system's and goes back to it at once: by default the
// first one that is freed makes all later ones part of a heap. Does nothing where the C library is
// not glibc, and leaves alone what MALLOC_ARENA_MAX and MALLOC_MMAP_THRESHOLD_ say.
void bound_heaps();

// Gives whole pages that are free back to the system (malloc_trim(3)). Thread-safe. Takes some
// milliseconds, in which threads that allocate may wait for it.
void return_free_memory();

}  // namespace sideband
