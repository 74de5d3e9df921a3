// An audit record: one event as canonical JSON, whose bytes are a leaf of the audit tree.
//
// Every record has v (format version), ts, kind and actor. An "intent" and its "outcome" also carry
// repair, step and token, by which verification pairs them; each new claim's token is higher.
// Values and secrets MUST stay out: records are kept for ever. A value; not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/jcs.h"

namespace sideband {

class AuditRecord {
 public:
  // `kind` such as "intent", "outcome", "decide", "approve"; `actor` the identity that acted.
  AuditRecord(std::string_view kind, WallTime at, std::string_view actor) {
    json_.add("v", 1).add("ts", format_time(at)).add("kind", kind).add("actor", actor);
  }

  template <class Value>
  AuditRecord& add(std::string_view key, Value&& value) {
    json_.add(key, std::forward<Value>(value));
    return *this;
  }
  // `json` MUST be canonical JSON text.
  AuditRecord& add_json(std::string_view key, std::string_view json) {
    json_.add_json(key, json);
    return *this;
  }

  [[nodiscard]] std::string text() const { return json_.text(); }

 private:
  JsonObject json_;
};

}  // namespace sideband
