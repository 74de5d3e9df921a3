#include "base/heap.h"

#include <algorithm>
#include <cstdlib>

#include "base/cores.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace sideband {

void bound_heaps() {
#ifdef __GLIBC__
  if (std::getenv("MALLOC_ARENA_MAX") != nullptr) return;
  mallopt(M_ARENA_MAX, std::min(usable_cores(), 64));
#endif
}

void return_free_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace sideband
