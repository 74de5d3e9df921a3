// Routes of silences: look, add, expire.
#pragma once

#include "gateway/call.h"

namespace sideband {

// Thread-safe. What `parts` refers to must outlive it.
class SilenceRoutes {
 public:
  explicit SilenceRoutes(const GatewayParts& parts) : parts_(parts) {}

  void list_silences(Call call);
  void add_silence(Call call);
  void expire_silence(Call call);

 private:
  GatewayParts parts_;
};

}  // namespace sideband
