#include "base/heap.h"

#include <algorithm>
#include <cstdlib>

#include "base/cores.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace sideband {

#ifdef __GLIBC__
// In bytes: more than a page of a scan usually has, and less than what is rare and hurts.
constexpr int kLarge = 4 << 20;
#endif

void bound_heaps() {
#ifdef __GLIBC__
  if (std::getenv("MALLOC_ARENA_MAX") == nullptr) {
    mallopt(M_ARENA_MAX, std::min(usable_cores(), 64));
  }
  if (std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) mallopt(M_MMAP_THRESHOLD, kLarge);
#endif
}

void return_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace sideband
