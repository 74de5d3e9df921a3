#include "engine/observe/page_stream.h"

namespace sideband {
namespace {

constexpr std::size_t kPageBytes = 9 << 17;

}  // namespace

bool sides_overlap(const Channel& channel) {
  if (!channel.desired->traits().reads_ahead || !channel.actual->traits().reads_ahead) return false;
  return channel.settings.desired.target != channel.settings.actual.target ||
         channel.actual_target.limits.connections > 1;
}

ScanRequest first_page(const Channel& channel, const Collection& side) {
  ScanRequest request;
  request.max_items = side.traits().page_items;
  request.max_bytes = kPageBytes;
  request.timeout = channel.call_timeout();
  return request;
}

PageStream::PageStream(Collection& side, ScanRequest request, bool ahead)
    : Ahead(
          "scan ahead",
          [&side, request]() mutable -> Result<ScanPage> {
            SB_ASSIGN(ScanPage page, side.scan(request));
            request.cursor = page.cursor;
            return page;
          },
          ahead) {}

}  // namespace sideband
