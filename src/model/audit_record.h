// An audit record: one event as canonical JSON, whose bytes are a leaf of the audit tree.
//
// Every record has v (format version), ts, kind and actor. An "intent" and its "outcome" also carry
// repair, step and token, by which verification pairs them; each new claim's token is higher.
// Values and secrets MUST stay out: records are kept for ever. A value; not thread-safe.
//
// Whoever writes a record and whoever verifies it keep the same bounds, which stand here: what a
// person or a target says may be of any length, and must never make the log one that nobody can
// verify.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/jcs.h"
#include "base/utf8.h"

namespace sideband {

// Bytes of a whole record: what the log formats of c2sp.org/tlog-tiles can hold of one entry.
inline constexpr std::size_t kMaxAuditRecord = 65'535;
// Bytes of one text in it, before its JSON escapes. People are refused longer ones.
inline constexpr std::size_t kMaxRecordText = 4096;

// `record`, a JSON object; one above kMaxAuditRecord with its texts, then its lists, cut as far as
// needed. Never more than kMaxAuditRecord.
std::string clip_record(std::string record);

class AuditRecord {
 public:
  // `kind` such as "intent", "outcome", "decide", "approve"; `actor` the identity that acted. That
  // somebody acted whom nobody knows can only be a bug, and the log is no place for it.
  AuditRecord(std::string_view kind, WallTime at, std::string_view actor) {
    SB_CHECK(!actor.empty());
    json_.add("v", 1).add("ts", format_time(at)).add("kind", kind).add("actor", actor);
  }

  // Texts above kMaxRecordText are clipped.
  template <class Value>
  AuditRecord& add(std::string_view key, Value&& value) {
    if constexpr (std::is_convertible_v<Value, std::string_view>) {
      const std::string_view text = value;
      if (text.size() > kMaxRecordText) {
        json_.add(key, clip_text(text, kMaxRecordText));
        return *this;
      }
    }
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
