// A table of rows that are kept by key, described once: its name, its key and its columns, from
// which its statements are made. It reads with a lock, and writes rows that may be gathered with
// others of their table (Connection::post_row).
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "model/kept_state.h"
#include "model/notice.h"
#include "store/columns.h"

namespace sideband {

// The statements of one table; static, as the statements in it.
struct KeptStatements {
  KeptStatements(StoreTable table, const std::string& keys, const std::string& values);

  const ComposedSql read;
  const RowStatement insert, upsert, erase;
};

// A column that holds one member of a row or a key.
template <class Owner, class Member>
struct MemberColumn {
  void read(Columns& from, Owner& to) const {
    if constexpr (std::is_same_v<Member, std::string>) {
      to.*member = from.text();
    } else if constexpr (std::is_same_v<Member, WallTime>) {
      to.*member = from.time();
    } else if constexpr (std::is_same_v<Member, bool>) {
      to.*member = from.flag();
    } else if constexpr (std::is_same_v<Member, Uuid>) {
      to.*member = from.uuid();
    } else if constexpr (std::is_same_v<Member, Duration>) {
      to.*member = Duration(from.integer());
    } else {
      to.*member = from.integer();
    }
  }
  [[nodiscard]] Param param(const Owner& owner) const {
    if constexpr (std::is_enum_v<Member>) {
      return static_cast<std::int64_t>(owner.*member);
    } else if constexpr (std::is_same_v<Member, Duration>) {
      return (owner.*member).count();
    } else {
      return owner.*member;
    }
  }

  const char* name;
  Member Owner::*member;
};

template <class Owner, class Member>
constexpr MemberColumn<Owner, Member> column(const char* name, Member Owner::*member) {
  return {name, member};
}

// A column that holds the whole row, or the whole key, as it is.
struct WholeColumn {
  template <class Value>
  [[nodiscard]] Param param(const Value& value) const {
    return value;
  }

  const char* name;
};

// The bytes of a row, which live until the statement that lists them as a parameter has ended.
struct EncodedRow {
  operator Param() const { return Param::blob(bytes); }  // NOLINT: listed as it is

  std::string bytes;
};

// A column that holds the whole row in an encoding of its own; what cannot be decoded is damage.
template <class Row>
struct EncodedColumn {
  void read(Columns& from, Row& to) const {
    auto decoded = decode(from.text());
    if (!decoded.ok()) return from.damage();
    to = std::move(*decoded);
  }
  [[nodiscard]] EncodedRow param(const Row& row) const { return {encode(row)}; }

  const char* name;
  std::string (*encode)(const Row&);
  Result<Row> (*decode)(std::string_view);
};

// "a, b, c"
template <class... Column>
std::string listed_names(const std::tuple<Column...>& columns) {
  std::string names;
  const auto add = [&](const char* name) {
    names += (names.empty() ? "" : ", ") + std::string(name);
  };
  std::apply([&](const auto&... each) { (add(each.name), ...); }, columns);
  return names;
}

// What a key names its row by among those of its table (RowKey).
inline const std::string& row_of(const std::string& key) {
  return key;
}
inline std::string_view row_of(const Uuid& key) {
  return key.bytes();
}
inline std::string row_of(std::int64_t key) {
  return std::to_string(key);
}
inline std::string row_of(const WindowKey& key) {
  return std::to_string(static_cast<int>(key.kind)) + key.scope;
}
inline std::string row_of(const NoticeKey& key) {
  return key.channel + '/' + key.reconciler;  // no slash in the name of a channel
}

// What can be done with each table. `Table` says kTable, kKeys and kValues. Errors are those of the
// connection; kCorrupt of a row that cannot be read.
template <class Table, class KeyType, class RowType>
struct KeptTable {
  using Key = KeyType;
  using Row = RowType;

  static Result<std::optional<Row>> read(Connection& db, const Key& key) {
    const RowKey only{Table::kTable, std::string(row_of(key))};
    const auto ask = [&](const auto&... keys) {
      return find(db, statements().read.sql(), {keys.param(key)...}, row_from, &only);
    };
    return std::apply(ask, Table::kKeys);
  }
  // Fails where another node has inserted the row, see is_kept_table.
  static Result<void> insert(Connection& db, const Key& key, const Row& row) {
    return write(db, statements().insert, key, row);
  }
  static Result<void> upsert(Connection& db, const Key& key, const Row& row) {
    return write(db, statements().upsert, key, row);
  }
  static Result<void> erase(Connection& db, const Key& key) {
    const auto post = [&](const auto&... keys) {
      return db.post_row(statements().erase, row_of(key), {keys.param(key)...});
    };
    return std::apply(post, Table::kKeys);
  }
  // From the columns of kValues.
  static Row row_from(Columns& columns) {
    Row row;
    std::apply([&](const auto&... values) { (values.read(columns, row), ...); }, Table::kValues);
    return row;
  }

 private:
  static const KeptStatements& statements() {
    static const KeptStatements made(Table::kTable, listed_names(Table::kKeys),
                                     listed_names(Table::kValues));
    return made;
  }
  static Result<void> write(Connection& db, const RowStatement& statement, const Key& key,
                            const Row& row) {
    const auto post = [&](const auto&... values) {
      const auto post_keyed = [&](const auto&... keys) {
        return db.post_row(statement, row_of(key), {keys.param(key)..., values.param(row)...});
      };
      return std::apply(post_keyed, Table::kKeys);
    };
    return std::apply(post, Table::kValues);
  }
};

}  // namespace sideband
