#include "engine/observe/page_stream.h"

namespace sideband {
namespace {

constexpr std::size_t kPageBytes = 9 << 17;

}  // namespace

bool sides_overlap(const ReconcilerRuntime& runtime) {
  if (!runtime.desired->traits().reads_ahead || !runtime.actual->traits().reads_ahead) return false;
  return runtime.settings.desired.target != runtime.settings.actual.target ||
         runtime.actual_target.limits.connections > 1;
}

ScanRequest first_page(const ReconcilerRuntime& runtime, const Collection& side) {
  ScanRequest request;
  request.max_items = side.traits().page_items;
  request.max_bytes = kPageBytes;
  request.timeout = runtime.call_timeout;
  return request;
}

PageStream::PageStream(Collection& side, ScanRequest request, bool ahead)
    : Prefetcher(
          "scan ahead",
          [&side, request]() mutable -> Result<ScanPage> {
            SB_ASSIGN(ScanPage page, side.scan(request));
            request.cursor = page.cursor;
            return page;
          },
          ahead) {}

}  // namespace sideband
