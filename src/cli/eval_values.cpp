#include "cli/eval_values.h"

#include <fmt/format.h>

#include <functional>

#include "base/bytes.h"
#include "base/jcs.h"
#include "cel/map.h"
#include "cel/numbers.h"
#include "cel/times.h"

namespace sideband::cli {
namespace {

using cel::Value;
using Kind = Document::Kind;

constexpr std::uint64_t kMostWeight = 1'000'000;
constexpr std::string_view kTypePrefix = "type.googleapis.com/";

Result<Value> number_of_json(const std::string& text, bool all_double) {
  if (!all_double && text.find_first_of(".eE") == std::string::npos) {
    if (const auto number = cel::parse_int(text)) return Value::integer(*number);
    return Error::invalid("the number " + text + " does not fit into an int of 64 bits");
  }
  if (const auto number = cel::parse_double(text)) return Value::number(*number);
  return Error::invalid("\"" + text + "\" is no number");
}

// The error that a list or map may be, when it is nested too deep or has a key twice.
Result<Value> made(Value value) {
  if (value.is(cel::Kind::kError)) return Error::invalid(value.failure().message);
  return value;
}

using ReadValue = Result<Value> (*)(const Document&);

Result<Value> list_of(const std::vector<Document>& items, ReadValue read) {
  std::vector<Value> values;
  for (const Document& item : items) {
    SB_ASSIGN(Value value, read(item));
    values.push_back(std::move(value));
  }
  return made(Value::list(std::move(values)));
}

// `kAllDouble`: as google.protobuf.Value has its numbers.
template <bool kAllDouble>
Result<Value> plain_value(const Document& document) {
  switch (document.kind) {
    case Kind::kNull:
      return Value();
    case Kind::kBool:
      return Value::boolean(document.truth);
    case Kind::kNumber:
      return number_of_json(document.text, kAllDouble);
    case Kind::kString:
      return Value::string(document.text);
    case Kind::kList:
      return list_of(document.items, &plain_value<kAllDouble>);
    case Kind::kMap:
      break;
  }
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& [name, member] : document.members) {
    SB_ASSIGN(Value value, plain_value<kAllDouble>(member));
    entries.emplace_back(Value::string(name), std::move(value));
  }
  return made(Value::map(std::move(entries)));
}

const Document* member_of(const Document& document, const std::string& name) {
  const auto at = document.members.find(name);
  return at == document.members.end() ? nullptr : &at->second;
}

Error wrong_value(std::string_view kind) {
  return Error::invalid(fmt::format("this is no {} in the JSON of cel.expr.Value", kind));
}

// Numbers come as numbers or as text.
Result<Value> int_of_expr(const Document& document) {
  if (document.kind != Kind::kString && document.kind != Kind::kNumber)
    return wrong_value("int64Value");
  const auto number = cel::parse_int(document.text);
  return number ? Result<Value>(Value::integer(*number)) : wrong_value("int64Value");
}
Result<Value> uint_of_expr(const Document& document) {
  if (document.kind != Kind::kString && document.kind != Kind::kNumber)
    return wrong_value("uint64Value");
  const auto number = cel::parse_uint(document.text);
  return number ? Result<Value>(Value::unsigned_integer(*number)) : wrong_value("uint64Value");
}
Result<Value> double_of_expr(const Document& document) {
  if (document.kind != Kind::kString && document.kind != Kind::kNumber)
    return wrong_value("doubleValue");
  const auto number = cel::parse_double(document.text);
  return number ? Result<Value>(Value::number(*number)) : wrong_value("doubleValue");
}
// FloatValue has 32 bits.
Result<Value> float_of_expr(const Document& document) {
  SB_ASSIGN(const Value number, double_of_expr(document));
  return Value::number(static_cast<double>(static_cast<float>(number.as_double())));
}
Result<Value> bool_of_expr(const Document& document) {
  if (document.kind != Kind::kBool) return wrong_value("boolValue");
  return Value::boolean(document.truth);
}
Result<Value> string_of_expr(const Document& document) {
  if (document.kind != Kind::kString) return wrong_value("stringValue");
  return Value::string(document.text);
}
Result<Value> bytes_of_expr(const Document& document) {
  if (document.kind != Kind::kString) return wrong_value("bytesValue");
  SB_ASSIGN(std::string bytes, from_base64(document.text));
  return Value::bytes(std::move(bytes));
}
Result<Value> type_of_expr(const Document& document) {
  if (document.kind != Kind::kString) return wrong_value("typeValue");
  return Value::type(document.text);
}
Result<Value> null_of_expr(const Document& document) {
  const bool null = document.kind == Kind::kNull ||
                    (document.kind == Kind::kString && document.text == "NULL_VALUE");
  return null ? Result<Value>(Value()) : wrong_value("nullValue");
}
Result<Value> time_of_expr(const Document& document) {
  const auto time = cel::parse_timestamp(document.text);
  return time ? Result<Value>(Value::timestamp(*time)) : wrong_value("google.protobuf.Timestamp");
}
Result<Value> duration_of_expr(const Document& document) {
  const auto nanos = cel::parse_duration_text(document.text);
  return nanos ? Result<Value>(Value::duration(*nanos)) : wrong_value("google.protobuf.Duration");
}

Result<Value> value_of_expr(const Document& document);

Result<Value> list_of_expr(const Document& document) {
  if (document.kind != Kind::kMap) return wrong_value("listValue");
  const Document* const values = member_of(document, "values");
  if (values == nullptr) return Value::list({});
  if (values->kind != Kind::kList) return wrong_value("listValue");
  return list_of(values->items, &value_of_expr);
}

Result<Value> map_of_expr(const Document& document) {
  if (document.kind != Kind::kMap) return wrong_value("mapValue");
  const Document* const list = member_of(document, "entries");
  std::vector<std::pair<Value, Value>> entries;
  for (const Document& entry : list == nullptr ? std::vector<Document>() : list->items) {
    const Document* const key = member_of(entry, "key");
    const Document* const value = member_of(entry, "value");
    if (key == nullptr || value == nullptr) return wrong_value("mapValue");
    SB_ASSIGN(Value made_key, value_of_expr(*key));
    SB_ASSIGN(Value made_value, value_of_expr(*value));
    entries.emplace_back(std::move(made_key), std::move(made_value));
  }
  return made(Value::map(std::move(entries)));
}

struct Reader {
  std::string_view name;
  ReadValue read;
};

// Messages that stand for a value of the language.
constexpr Reader kMessages[] = {{"google.protobuf.Timestamp", time_of_expr},
                                {"google.protobuf.Duration", duration_of_expr},
                                {"google.protobuf.BoolValue", bool_of_expr},
                                {"google.protobuf.BytesValue", bytes_of_expr},
                                {"google.protobuf.DoubleValue", double_of_expr},
                                {"google.protobuf.FloatValue", float_of_expr},
                                {"google.protobuf.Int32Value", int_of_expr},
                                {"google.protobuf.Int64Value", int_of_expr},
                                {"google.protobuf.StringValue", string_of_expr},
                                {"google.protobuf.UInt32Value", uint_of_expr},
                                {"google.protobuf.UInt64Value", uint_of_expr},
                                {"google.protobuf.Struct", plain_value<true>},
                                {"google.protobuf.Value", plain_value<true>},
                                {"google.protobuf.ListValue", plain_value<true>}};

Result<Value> object_of_expr(const Document& document) {
  const Document* const type = member_of(document, "@type");
  const Document* const value = member_of(document, "value");
  if (type == nullptr || value == nullptr) return wrong_value("objectValue");
  std::string_view name = type->text;
  if (name.starts_with(kTypePrefix)) name.remove_prefix(kTypePrefix.size());
  for (const Reader& reader : kMessages) {
    if (reader.name == name) return reader.read(*value);
  }
  return Error::invalid(fmt::format("there are no messages here, so there is no {}", name));
}

// Both spellings that proto3 JSON allows.
constexpr Reader kKinds[] = {{"nullValue", null_of_expr},     {"null_value", null_of_expr},
                             {"boolValue", bool_of_expr},     {"bool_value", bool_of_expr},
                             {"int64Value", int_of_expr},     {"int64_value", int_of_expr},
                             {"uint64Value", uint_of_expr},   {"uint64_value", uint_of_expr},
                             {"doubleValue", double_of_expr}, {"double_value", double_of_expr},
                             {"stringValue", string_of_expr}, {"string_value", string_of_expr},
                             {"bytesValue", bytes_of_expr},   {"bytes_value", bytes_of_expr},
                             {"listValue", list_of_expr},     {"list_value", list_of_expr},
                             {"mapValue", map_of_expr},       {"map_value", map_of_expr},
                             {"typeValue", type_of_expr},     {"type_value", type_of_expr},
                             {"objectValue", object_of_expr}, {"object_value", object_of_expr}};

const Reader* kind_reader(const Document& document) {
  if (document.kind != Kind::kMap || document.members.size() != 1) return nullptr;
  for (const Reader& reader : kKinds) {
    if (reader.name == document.members.begin()->first) return &reader;
  }
  return nullptr;
}

Result<Value> value_of_expr(const Document& document) {
  const Reader* const reader = kind_reader(document);
  if (reader == nullptr) return Error::invalid("this is no cel.expr.Value");
  return reader->read(document.members.begin()->second);
}

class ExprWriter {
 public:
  Result<void> put(const Value& value) {
    switch (value.kind()) {
      case cel::Kind::kNull:
        return put_member("nullValue", "null");
      case cel::Kind::kBool:
        return put_member("boolValue", value.as_bool() ? "true" : "false");
      case cel::Kind::kInt:
        return put_member("int64Value", fmt::format("\"{}\"", value.as_int()));
      case cel::Kind::kUint:
        return put_member("uint64Value", fmt::format("\"{}\"", value.as_uint()));
      case cel::Kind::kDouble:
        return put_double(value.as_double());
      case cel::Kind::kString:
        return put_member("stringValue", json_string(value.as_text()));
      case cel::Kind::kBytes:
        return put_member("bytesValue", json_string(to_base64(value.as_text())));
      case cel::Kind::kType:
        return put_member("typeValue", json_string(value.as_text()));
      case cel::Kind::kTimestamp:
        return put_object(value, cel::timestamp_text(value.as_timestamp()));
      case cel::Kind::kDuration:
        return put_object(value, cel::duration_text(value.as_duration()));
      case cel::Kind::kList:
        return put_list(value);
      case cel::Kind::kMap:
        return put_map(value);
      default:
        return Error::invalid(fmt::format("a value of type {} has no form in cel.expr.Value",
                                          cel::type_name(value.kind())));
    }
  }
  [[nodiscard]] std::string& text() { return out_; }

 private:
  Result<void> put_member(std::string_view name, std::string_view json) {
    out_ += fmt::format("{{\"{}\":{}}}", name, json);
    return {};
  }
  Result<void> put_double(double number) {
    const std::string text = cel::double_text(number);
    const bool finite = text.find_first_of("NI") == std::string::npos;
    return put_member("doubleValue", finite ? text : json_string(text));
  }
  Result<void> put_object(const Value& value, const std::string& text) {
    return put_member("objectValue", fmt::format("{{\"@type\":\"{}{}\",\"value\":\"{}\"}}",
                                                 kTypePrefix, cel::type_name(value.kind()), text));
  }
  Result<void> put_list(const Value& value) {
    out_ += "{\"listValue\":{\"values\":[";
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      if (i > 0) out_ += ',';
      SB_TRY(put(value.items()[i]));
    }
    out_ += "]}}";
    return {};
  }
  Result<void> put_map(const Value& value) {
    out_ += "{\"mapValue\":{\"entries\":[";
    bool first = true;
    for (const auto& [key, element] : value.as_map().entries()) {
      if (!std::exchange(first, false)) out_ += ',';
      out_ += "{\"key\":";
      SB_TRY(put(key));
      out_ += ",\"value\":";
      SB_TRY(put(element));
      out_ += '}';
    }
    out_ += "]}}";
    return {};
  }

  std::string out_;
};

}  // namespace

Result<Value> value_of_json(const Document& document) {
  return plain_value<false>(document);
}

Result<Value> value_of_binding(const std::string& name, const Document& document) {
  const bool one_member = document.kind == Kind::kMap && document.members.size() == 1;
  if (one_member && document.members.begin()->first == "unknown") return Value::unknown({name});
  const Document* const inner = one_member ? member_of(document, "value") : nullptr;
  const Document& plain = inner != nullptr && kind_reader(*inner) != nullptr ? *inner : document;
  auto value = kind_reader(plain) != nullptr ? value_of_expr(plain) : value_of_json(plain);
  if (!value.ok()) return value.error().in("binding " + name);
  return value;
}

Result<std::string> expr_value_json(const Value& value) {
  if (value.weight() > kMostWeight) return Error::invalid("the value is too large to be written");
  ExprWriter writer;
  SB_TRY(writer.put(value));
  return std::move(writer.text());
}

}  // namespace sideband::cli
