// Metrics of what channels are told.
#pragma once

#include <string>

#include "base/metrics.h"
#include "model/notice.h"

namespace sideband {

// Thread-safe. `metrics` must outlive it.
class NoticeMetrics {
 public:
  explicit NoticeMetrics(Metrics& metrics) : metrics_(metrics) {}

  // Makes the series of a channel at zero.
  void add(const std::string& channel);
  void tried(const std::string& channel, NoticeEvent event, bool told);

 private:
  Metrics& metrics_;
};

}  // namespace sideband
