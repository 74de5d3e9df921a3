// Parameters as libpq takes them, in binary form.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "store/connection.h"

namespace sideband {

// The arrays point into the parameters, which must outlive them. Integers are eight bytes, high
// byte first.
struct BoundParams {
  explicit BoundParams(std::span<const Param> params) : integers(params.size()) {
    for (const Param& param : params) {
      const std::size_t at = values.size();
      const bool integer = param.kind == Param::Kind::kInteger;
      for (std::size_t i = 0; integer && i < 8; ++i) {
        integers[at][i] =
            static_cast<char>(static_cast<std::uint64_t>(param.integer) >> (56 - 8 * i));
      }
      const char* bytes = param.bytes.data() == nullptr ? "" : param.bytes.data();
      values.push_back(integer ? integers[at].data() : bytes);
      lengths.push_back(integer ? 8 : static_cast<int>(param.bytes.size()));
      types.push_back(type_of(param.kind));
    }
    formats.assign(values.size(), 1);
  }
  explicit BoundParams(Params params) : BoundParams(std::span(params.begin(), params.size())) {}
  // As in pg_type.oid.
  static Oid type_of(Param::Kind kind) {
    if (kind == Param::Kind::kInteger) return 20;
    if (kind == Param::Kind::kIntegers) return 1016;
    return kind == Param::Kind::kByteStrings ? 1001 : 17;
  }
  [[nodiscard]] int count() const { return static_cast<int>(values.size()); }

  std::vector<std::array<char, 8>> integers;
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  std::vector<Oid> types;
};

}  // namespace sideband
