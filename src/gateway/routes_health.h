// Health, readiness, metrics, what the API is, and who am I.
#pragma once

#include <string>
#include <vector>

#include "gateway/call.h"
#include "gateway/openapi.h"
#include "policy/status.h"

namespace sideband {

struct NamedStatus {
  std::string reconciler;
  ReconcilerStatus status;
};

// Thread-safe. What `parts` refers to must outlive it.
class HealthRoutes {
 public:
  explicit HealthRoutes(const GatewayParts& parts)
      : parts_(parts), openapi_(openapi_document(parts.version)) {}

  void healthz(OpenCall call);
  void readyz(OpenCall call);
  void metrics(OpenCall call);
  void openapi(OpenCall call);
  void me(Call call);

 private:
  // The status of every reconciler, as of now.
  Result<std::vector<NamedStatus>> statuses();

  GatewayParts parts_;
  const std::string openapi_;
};

}  // namespace sideband
