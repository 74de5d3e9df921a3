#include "engine/observe/empty_source.h"

#include "engine/observe/page_stream.h"

namespace sideband {

Result<bool> source_is_empty(const Channel& channel) {
  ScanRequest request = first_page(channel, *channel.desired);
  request.max_items = 1;
  request.keys_only = true;
  for (;;) {
    SB_ASSIGN(const ScanPage page, channel.desired->scan(request));
    if (!page.items.empty()) return false;
    if (page.last) return true;
    request.cursor = page.cursor;
  }
}

}  // namespace sideband
