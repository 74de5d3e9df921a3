// The sides of tables that are made at random, as the databases themselves see them.
//
// Each knows what its columns make of texts that it is given, by a second table of the same columns
// into which the database puts them itself: `expected`. What was there before a repair is in
// `before`.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "support/postgres_client.h"
#include "support/sqlite_client.h"
#include "two_sides.h"

namespace sideband {

// A value by its bytes, as the database itself gives them; nothing is NULL.
struct RawValue {
  std::optional<std::string> text;
  std::string storage_class = {};  // of SQLite; empty from elsewhere
};
using RawRow = std::vector<RawValue>;
using RawRows = std::map<int, RawRow>;  // by key

// A number below `bound`.
inline std::size_t below(Random& random, std::size_t bound) {
  return static_cast<std::size_t>(random.next() % bound);
}
// Of a trigger, one in three; 0 = none.
inline int some_key_or_none(Random& random) {
  return below(random, 3) == 0 ? 1 + static_cast<int>(below(random, 7)) : 0;
}
inline constexpr const char* kComputed = ", g integer generated always as (id % 3) stored";
inline std::string column_name(std::size_t i) {
  return "c" + std::to_string(i);
}

class RandomSide {
 public:
  RandomSide() = default;
  RandomSide(const RandomSide&) = delete;
  RandomSide& operator=(const RandomSide&) = delete;
  virtual ~RandomSide() = default;

  // Makes the table, with so many columns beside its key, and one that the table computes of it.
  virtual void create(Random& random, std::size_t columns, bool computed) = 0;
  // Puts rows with these keys there.
  virtual void fill(Random& random, const std::set<int>& keys) = 0;
  virtual RawRows rows() = 0;
  [[nodiscard]] virtual OneSide side() const = 0;
  // What it is, for messages.
  [[nodiscard]] virtual std::string describe() const = 0;

  // Of the actual side only. What the database makes of these rows; the keys of those that it
  // refuses.
  virtual std::set<int> expect(const RawRows& rows) = 0;
  // Rows as they are expected, in place of those that are there.
  virtual void take_expected(const std::set<int>& keys) = 0;
  // Keeps what is there; of refused rows that is what is expected.
  virtual void remember(const std::set<int>& refused) = 0;
  // The trigger that refuses a key is gone: what was deleted may come back.
  virtual void allow_all() {}
  // The keys of rows that are not byte by byte what is in `expected` or `before`.
  virtual std::string other_than(const std::string& table) = 0;
};

// Tables of one database. Names of `want` and `have` are `t`, `expected` and `before`.
std::unique_ptr<RandomSide> random_postgres(const PostgresServer& server,
                                            const std::string& database, bool latin1);
std::unique_ptr<RandomSide> random_sqlite(const std::string& path);
// Hashes; `fields` names them, or they are whatever the desired side has.
std::unique_ptr<RandomSide> random_redis(const std::string& socket);

}  // namespace sideband
