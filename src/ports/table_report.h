// What a target tells of the tables behind a Collection: the types of its columns, and what of it
// does not fit the settings.
//
// Plain values, as everything at a port.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ports/grants.h"

namespace sideband {

// What a column can hold, whatever its target calls it.
enum class ColumnKind : std::uint8_t {
  kInteger,
  kDecimal,
  kFloat,
  kText,
  kBytes,
  kBool,
  kUuid,
  kDate,
  kTime,  // with a date, with or without a zone
  kOther,
};

struct ColumnType {
  std::string name;
  std::string type;  // as the target writes it: "numeric(9,2)"
  ColumnKind kind = ColumnKind::kOther;
  // Bits of an integer, characters of a text, digits of a decimal before its point; 0 = no limit.
  std::int64_t size = 0;
  std::int64_t scale = 0;  // digits of a decimal with a size behind its point
};

enum class FindingLevel : std::uint8_t {
  kError,    // the reconciler cannot work
  kWarning,  // it may fail at some rows
  kUnknown,  // the target did not tell in time
};

struct TableFinding {
  FindingLevel level = FindingLevel::kError;
  std::string option;    // which one of the side it is about: "key", "fields.amount"
  std::string text;      // one sentence without a period
  std::string evidence;  // what was seen; may be empty
  Remedy remedy;
  std::string missing_column = {};  // the one that is not there, where that is what it is about
};

struct TableReport {
  std::string table;                // as statements call it; empty where it is none
  std::vector<std::string> keys;    // columns of the key
  std::vector<ColumnType> columns;  // those that rows have; empty where that is not known
  std::vector<TableFinding> findings;

  // The column of that name; null where there is none.
  [[nodiscard]] const ColumnType* column(const std::string& name) const {
    for (const ColumnType& one : columns) {
      if (one.name == name) return &one;
    }
    return nullptr;
  }
  void add(FindingLevel level, std::string option, std::string text, std::string evidence,
           Remedy remedy = {}) {
    findings.push_back(
        {level, std::move(option), std::move(text), std::move(evidence), std::move(remedy)});
  }
};

}  // namespace sideband
