#include "engine/notify/notice_metrics.h"

namespace sideband {
namespace {

Counter& notices(Metrics& metrics, const std::string& channel, NoticeEvent event, bool told) {
  return metrics.counter("sideband_notices_total", "Attempts to tell a channel something.",
                         {{"channel", channel},
                          {"event", std::string(notice_event_name(event))},
                          {"result", told ? "told" : "failed"}});
}

}  // namespace

void NoticeMetrics::add(const std::string& channel) {
  for (const NoticeEvent event : {NoticeEvent::kOpened, NoticeEvent::kChanged,
                                  NoticeEvent::kRepeated, NoticeEvent::kResolved}) {
    notices(metrics_, channel, event, true);
    notices(metrics_, channel, event, false);
  }
}

void NoticeMetrics::tried(const std::string& channel, NoticeEvent event, bool told) {
  notices(metrics_, channel, event, told).add(1);
}

}  // namespace sideband
