// Field tables: one table per type is the single place that says which keys exist, what they mean,
// how they are read, and what stands when they are absent. Decoding, messages, `explain field`, the
// JSON Schema and docs/config.md are all made from it.
//
// Two ways to write a table:
//
// 1. Options of a driver: plain rows; values land as text in DriverOptions (model/settings.h).
//
//      // drivers/redis/fields.cpp
//      DriverFields redis_fields() {
//        using enum FieldType;
//        return {
//            .name = "redis",
//            .doc = "Keys of one Redis server.",
//            .connect = {{.key = "host", .doc = "Host name or address.", .required = true},
//                        {.key = "port", .type = kCount, .doc = "TCP port.", .fallback = "6379"},
//                        {.key = "tls", .type = kBool, .doc = "Use TLS.", .fallback = "false"}},
//            .credentials = {{.key = "password", .type = kSecret, .doc = "Its AUTH password."}},
//            .actual = {{.key = "key",
//                        .type = kTemplate,
//                        .doc = "Template of the keys.",
//                        .required = true,
//                        .scope = true}},
//        };
//      }
//
//    Then `options.at("port")` is "6379" when the file leaves it out. Values are checked but kept
//    as written ("200k", "64KiB", "30s"), for base/units.h to read. Lists are joined with '\n',
//    nested tables and maps have dotted keys, a secret is "password.env" or "password.file".
//
// 2. A struct of ours: TableOf<T> in config/table_of.h, with members instead of texts.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/field_types.h"
#include "config/messages.h"
#include "model/settings.h"

namespace sideband::config {

struct Field;
using Fields = std::vector<Field>;

// What a field's reader gets: the value in the text and the struct that it goes into.
struct Reading {
  const Field& field;
  const Node& node;
  const std::string& path;  // of this value
  Messages& messages;
  void* out;                  // the struct that the table describes
  std::string_view key = {};  // as written; differs from field.key for the row "*"
};

// The row with key "*" takes the keys that no other row has.
struct Field {
  std::string key = {};
  FieldType type = FieldType::kText;
  std::string doc = {};  // one or two sentences
  bool required = false;
  std::string fallback = {};                  // what stands when absent, as text; "" = nothing
  std::vector<std::string> values = {};       // of kEnum
  FieldType item = FieldType::kText;          // of the items of kList and the values of kMap
  std::shared_ptr<const Fields> fields = {};  // of kTable, and of kList with item kTable
  std::int64_t minimum = 0;                   // of numbers, in the type's base unit
  bool single = false;                        // a kList that may be written as its only item
  std::string was = {};                       // the name of the key before it was renamed
  bool scope = false;                         // driver options: says which things are touched
  bool literal = false;                       // of an operation: no placeholder is filled in here
  std::string since = "0.1";
  std::function<void(const Reading&)> read = {};  // made by TableOf or option_rows
  std::function<void(void*)> absent = {};         // puts what stands when the key is absent
};

// What is wrong with options of a driver: the key that it is about, and a sentence about its value.
struct OptionFault {
  std::string key;
  std::string text;
};
using OptionFaults = std::vector<OptionFault>;

// What one side of a reconciler reads or writes: the system, by a name that is the same however a
// configuration writes it, and patterns ({x}, * and ? stand for anything) of the things in it.
struct Place {
  std::string system;
  std::vector<std::string> things;
};

enum class Side : std::uint8_t { kDesired, kActual };

// The unit of what a signal measures, where it is always the same.
enum class SignalUnit : std::uint8_t { kAny, kSeconds, kBytes };

// One way in which a driver's targets are measured: a key of spec of a Signal.
struct SignalKind {
  std::string word = {};  // "sql"
  std::string doc = {};   // one sentence
  Fields fields = {};     // the same for every driver that has this word
  // Of good options; null = any.
  std::function<SignalUnit(const DriverOptions&)> unit = {};
  // Adds what the driver would refuse on opening, beyond the rows. Pure; null = nothing.
  std::function<void(const TargetSettings&, const DriverOptions&, OptionFaults&)> check = {};
};

// What a driver brings to configuration. Its keys stand beside the common ones of the same map.
struct DriverFields {
  std::string name = {};    // spec.driver
  std::string doc = {};     // one sentence
  Fields connect = {};      // spec.connect of a Target
  Fields credentials = {};  // kSecret rows beside spec.connect; they land in the connect options
  Fields desired = {};      // spec.desired of a Reconciler; empty = cannot be a desired side
  Fields actual = {};       // spec.actual of a Reconciler; empty = cannot be an actual side
  // Of one operation on such a target: `run`, `look` and `undo` of a playbook's step; empty = there
  // are none. Values may hold placeholders, {inputs.NAME} and {steps.NAME.FIELD}.
  Fields operation = {};
  std::vector<SignalKind> signals = {};  // what can be measured there; empty = nothing
  // Adds what the driver would refuse on opening, beyond the rows above. Pure; null = nothing.
  std::function<void(const TargetSettings&, OptionFaults&)> check_target = {};
  std::function<void(const TargetSettings&, const CollectionSettings&, Side, OptionFaults&)>
      check_side = {};
  // The same for options of an operation, in which placeholders are not filled in yet.
  std::function<void(const TargetSettings&, const DriverOptions&, OptionFaults&)> check_operation =
      {};
  // The place of a side; without things where only the target can tell. Follows links of paths that
  // are there; nothing else is looked at. Null = a place is known by its Target's name.
  std::function<Place(const TargetSettings&, const CollectionSettings&)> place = {};
  // Whether the things that these options name have fields, like the columns of a row. Without
  // them, and where it is null, each thing is one value, which is written as a whole.
  std::function<bool(const DriverOptions&)> has_fields = {};
  std::string fields_by = {};  // the option that gives them fields, like "type: hash"; may be empty
  // Whether things are known by relative paths, with a slash between their names.
  bool paths = false;
  // Whether such a target may be one that answers policies (ports/policy_server.h).
  bool policies = false;
  // Whether a wanted value can be laid beside what is live, for somebody to look at before.
  bool stages = false;
  std::string key_column =
      {};                    // the option that names the column of the key; empty = there is none
  std::string columns = {};  // the option that lists all other columns; empty = there is none
};

}  // namespace sideband::config
