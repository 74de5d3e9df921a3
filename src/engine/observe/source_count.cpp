#include "engine/observe/source_count.h"

#include <algorithm>

#include "engine/observe/page_stream.h"

namespace sideband {

Result<std::int64_t> count_source(const ReconcilerRuntime& runtime, std::int64_t enough) {
  ScanRequest request = first_page(runtime, *runtime.desired);
  request.max_items =
      std::min(request.max_items, static_cast<std::size_t>(std::max<std::int64_t>(1, enough)));
  request.keys_only = true;
  std::int64_t count = 0;
  for (;;) {
    SB_ASSIGN(const ScanPage page, runtime.desired->scan(request));
    count += std::ssize(page.items);
    if (page.last || count >= enough) return count;
    request.cursor = page.cursor;
  }
}

}  // namespace sideband
