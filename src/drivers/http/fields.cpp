#include "drivers/driver_fields.h"
#include "drivers/http/prometheus.h"
#include "drivers/http/signal.h"

namespace sideband {
namespace {

using enum config::FieldType;

config::Fields connect_fields() {
  return {
      {.key = "url",
       .doc = "The service, like https://shop.internal:8443/api; no user, no query.",
       .required = true},
      {.key = "allow",
       .type = kList,
       .doc = "Addresses, ranges or host names beyond public addresses: 10.0.0.0/8, ::1, "
              "shop.internal.",
       .single = true},
      {.key = "ca",
       .doc = "File of the certificate authorities that are believed. Without it, the system's."},
      {.key = "tls",
       .type = kEnum,
       .doc = "Say none to send to another machine without TLS. Anybody on the way can then read "
              "along and answer in its place.",
       .fallback = "required",
       .values = {"required", "none"}},
      {.key = "headers", .type = kMap, .doc = "Headers of every request."},
      {.key = "user", .doc = "For basic authentication, with password."},
      {.key = "idempotencyHeader",
       .doc = "Header in which the service takes a key that it remembers: a second request with "
              "the same key does nothing more. Say it only where that is so. Without it, "
              "Idempotency-Key is sent and nothing relied on."},
      {.key = "fenced",
       .type = kBool,
       .doc = "Whether the service refuses a Sideband-Token below the highest that it saw.",
       .fallback = "false"},
      {.key = "timeout",
       .type = kDuration,
       .doc = "How long connecting may take.",
       .fallback = "5s"},
  };
}

config::Field codes(std::string key, std::string doc, std::string fallback = "") {
  return {.key = std::move(key),
          .type = kList,
          .doc = std::move(doc),
          .fallback = std::move(fallback),
          .item = kCount,
          .single = true};
}

config::Fields operation_fields() {
  return {
      {.key = "method",
       .type = kEnum,
       .doc = "Without it POST, and GET for a look, which is GET or HEAD.",
       .values = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}},
      {.key = "path", .doc = "Below the target's url.", .fallback = "/"},
      {.key = "query", .type = kMap, .doc = "Parameters of the query; values are encoded."},
      {.key = "headers", .type = kMap, .doc = "More headers."},
      {.key = "json",
       .type = kMap,
       .doc = "The body as a JSON object of texts; values stay values."},
      {.key = "body",
       .doc = "The body as it stands, instead of json. What is filled in is pasted."},
      {.key = "contentType", .doc = "Of body.", .fallback = "application/json", .literal = true},
      {.key = "idempotent",
       .type = kBool,
       .doc = "Say true where sending it twice does no more than once.",
       .fallback = "false"},
      codes("expect",
            "Statuses that mean that it was done; of a look, that the effect is there. "
            "Without it, every 2xx."),
      codes("alreadyThere", "Statuses that mean that there was nothing to do."),
      codes("refused",
            "Statuses that mean that a precondition failed and nothing was done. Without it, 409 "
            "and 412."),
      codes("notThere", "Statuses of a look that mean that the effect is not there.", "404"),
  };
}

}  // namespace

config::DriverFields http_fields() {
  return {.name = "http",
          .doc = "Requests to one service, for playbooks, signals and policies.",
          .connect = connect_fields(),
          .credentials = {{.key = "bearer", .type = kSecret, .doc = "A token, sent as bearer."},
                          {.key = "password", .type = kSecret, .doc = "Password of the user."}},
          .operation = operation_fields(),
          .signals = {http_signal_kind(), prometheus_signal_kind()},
          .check_target =
              [](const TargetSettings& target, config::OptionFaults& faults) {
                (void)parse_http_target(target, &faults);
              },
          .policies = true};
}

}  // namespace sideband
