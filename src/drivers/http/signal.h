// How a service answers, or what it answers, as a signal.
#pragma once

#include <string>

#include "drivers/http/target.h"
#include "model/document.h"
#include "ports/signal.h"

namespace sideband {

// Kept of an answer; a larger one is no reading.
inline constexpr std::size_t kMaxSignalBody = 256 * 1024;

struct HttpMeasure {
  enum class What : std::uint8_t { kPointer, kStatus, kLatency, kTlsExpiry };
  What what = What::kStatus;
  std::string path = "/";  // below the target's url
  std::string pointer;     // RFC 6901
};

// Errors are for a person; what is wrong is added to `faults` too, if given.
Result<HttpMeasure> parse_http_signal(const TargetSettings& target, const DriverOptions& options,
                                      config::OptionFaults* faults = nullptr);
// `http: {path, pointer | status | latency | tlsExpiry}`.
config::SignalKind http_signal_kind();

// A call with the target's headers and credential. `path` and query are below the target's url.
// GET as call_to() makes it.
Result<HttpReply> http_get(const HttpTarget& target, const std::string& path,
                           const Deadline& deadline);
// The JSON of an answer with a status of 2xx; kCorrupt for any other.
Result<Document> json_answer_of(const HttpReply& reply);

// Thread-safe. Redirects are not followed.
class HttpSignal final : public Signal {
 public:
  HttpSignal(HttpTarget target, HttpMeasure measure, const Clock& clock)
      : target_(std::move(target)), measure_(std::move(measure)), clock_(clock) {}

  Result<SignalReading> read(Duration timeout) override;

 private:
  [[nodiscard]] Result<double> value_of(const HttpReply& reply, Duration took) const;

  const HttpTarget target_;
  const HttpMeasure measure_;
  const Clock& clock_;
};

}  // namespace sideband
