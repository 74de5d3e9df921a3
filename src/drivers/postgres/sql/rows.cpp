#include "drivers/postgres/sql/rows.h"

#include <algorithm>
#include <unordered_map>

#include "base/bytes.h"
#include "drivers/options.h"

namespace sideband {
namespace {

Error damaged(const std::string& column) {
  return Error::corrupt("PostgreSQL sent a value of column '" + column + "' that is damaged");
}

}  // namespace

PgRowDecoder::PgRowDecoder(const PgShape& shape)
    : columns_(shape.columns().size()), key_(shape.key()), large_values_(shape.large_values()) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < columns_; ++i) {
    if (shape.is_field(i)) order.push_back(i);
  }
  const auto& columns = shape.columns();
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return columns[a].name < columns[b].name; });
  for (const std::size_t i : order) {
    slots_.push_back({i, columns[i].form, {}});
    put_string(slots_.back().head, columns[i].name);
  }
}

Result<void> PgRowDecoder::add_to_key(std::string& key, std::size_t column, const PgValue& value) {
  const std::string& name = key_.columns()[column].name;
  if (value.null) {
    return for_person(Error::invalid("key column '" + name + "' holds NULL in some row"));
  }
  if (!key_.add_text(key, column, value.bytes, scratch_)) return damaged(name);
  return {};
}

Result<Item> PgRowDecoder::item(const std::vector<PgValue>& row) {
  if (row.size() != columns_) return Error::corrupt("PostgreSQL sent a row of another shape");
  Item item{{}, {Presence::kPresent, Shape::kFields, {}, {}}};
  for (std::size_t i = 0; i < key_.size(); ++i) {
    SB_TRY(add_to_key(item.key, i, row[key_.columns()[i].at]));
  }
  std::string& out = item.state.bytes;
  std::size_t size = 0;
  for (const Slot& slot : slots_) size += slot.head.size() + row[slot.column].bytes.size() + 4;
  out.reserve(size);
  for (const Slot& slot : slots_) {
    const PgValue& value = row[slot.column];
    if (value.null) continue;
    if (const auto large = large_values_.size_of(value.bytes)) {
      item.state = State::unknown("column '" + slot.head.substr(1) + "' " +
                                  too_large(*large, large_values_.max_size()));
      return item;
    }
    const auto text = pg_text(slot.form, value.bytes, scratch_);
    if (!text) return damaged(slot.head.substr(1));
    out += slot.head;
    put_string(out, *text);
  }
  if (large_values_.max_size() == 0) return item;
  item.state = within_size(std::move(item.state), large_values_.max_size());
  return item;
}

std::vector<PgValue> pg_row(const PgAnswer& answer, int row) {
  std::vector<PgValue> values;
  values.reserve(static_cast<std::size_t>(answer.columns()));
  for (int i = 0; i < answer.columns(); ++i) values.push_back(answer.value(row, i));
  return values;
}

Result<std::vector<Item>> pg_read(PgConnection& connection, const PgShape& shape,
                                  const std::vector<std::string>& keys, const Deadline& deadline) {
  PgKeyArrays arrays(shape.key());
  for (const std::string& key : keys) arrays.add(key);
  std::unordered_map<std::string, State> found;
  if (!arrays.empty()) {
    PgParams params;
    arrays.put(params);
    SB_ASSIGN(const PgAnswer answer, connection.query(shape.read_sql(), params, deadline));
    PgRowDecoder decoder(shape);
    for (int i = 0; i < answer.rows(); ++i) {
      SB_ASSIGN(Item item, decoder.item(pg_row(answer, i)));
      const auto [at, fresh] = found.emplace(std::move(item.key), std::move(item.state));
      if (!fresh) at->second = State::unknown("more than one row has this key");
    }
  }
  std::vector<Item> items;
  items.reserve(keys.size());
  std::size_t rows_asked_for = 0;
  for (const std::string& key : keys) {
    const auto at = found.find(key);
    if (at != found.end()) ++rows_asked_for;
    items.push_back({key, at == found.end() ? State::absent() : at->second});
  }
  if (rows_asked_for >= found.size() || shape.key().has_text()) return items;
  return Error::corrupt("PostgreSQL answered with a row of a key that was not asked for");
}

}  // namespace sideband
