#include "drivers/postgres/sql/kept.h"

namespace sideband {
namespace {

using Rows = std::vector<std::size_t>;  // of what is wanted
using Columns = std::vector<const PgTableColumn*>;

std::string given(std::size_t i) {
  return "n" + std::to_string(i);
}

// "unnest($1::text[], $2::bytea[]) with ordinality as w(n0, n1, i)"
std::string given_rows(const Columns& columns) {
  std::string values, names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    values += "$" + std::to_string(i + 1) + (columns[i]->bytes ? "::bytea[], " : "::text[], ");
    names += given(i) + ", ";
  }
  values.resize(values.size() - 2);
  return "unnest(" + values + ") with ordinality as w(" + names + "i)";
}

// Whether a JSON document is the way to its input function: a document in one would be a text.
bool by_record(const PgTableColumn& column) {
  return !column.bytes && !column.document;
}

std::string kept_sql(const Columns& columns) {
  std::string list, record;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const PgTableColumn& column = *columns[i];
    const std::string value =
        by_record(column) ? "x." + given(i) : "w." + given(i) + "::" + column.type;
    list += (list.empty() ? "" : ", ") + value + "::" + std::string(column.sent);
    if (!by_record(column)) continue;
    record += (record.empty() ? "" : ", ") + given(i) + " " + column.declared;
  }
  const std::string read =
      record.empty() ? "" : ", lateral json_to_record(to_json(w)) as x(" + record + ")";
  return "select " + list + " from " + given_rows(columns) + read + " order by w.i";
}

class KeptRows {
 public:
  KeptRows(PgConnection& connection, const PgTable& table, const std::vector<Wanted>& wanted,
           const Deadline& deadline)
      : connection_(connection), table_(table), wanted_(wanted), deadline_(deadline) {
    for (const PgTableColumn& column : table.columns()) all_.push_back(&column);
  }

  Result<std::vector<State>> run();

 private:
  Result<bool> ask(const Rows& rows, const Columns& columns);
  Result<void> take(const PgAnswer& answer, const Rows& rows, const Columns& columns);
  Result<void> keep(const Rows& rows);
  Result<std::string> refusing_column(std::size_t row);
  [[nodiscard]] State state_of(std::size_t row) const;

  PgConnection& connection_;
  const PgTable& table_;
  const std::vector<Wanted>& wanted_;
  const Deadline& deadline_;
  Columns all_;
  std::vector<Fields> fields_;
  std::vector<std::string> refusing_;  // a column of each row, or empty
};

// False where the server refuses one of the values; the fields are untouched then.
Result<bool> KeptRows::ask(const Rows& rows, const Columns& columns) {
  PgParams params;
  for (const PgTableColumn* column : columns) {
    std::vector<PgElement> elements;
    for (const std::size_t row : rows) {
      const auto value = fields_[row].find(column->name);
      const bool null = value == fields_[row].end();
      elements.push_back(null ? PgElement() : PgElement(value->second));
    }
    params.array(column->bytes ? kPgBytea : kPgText, elements);
  }
  const auto answer = connection_.query(kept_sql(columns), params, deadline_);
  if (answer) {
    SB_TRY(take(*answer, rows, columns));
    return true;
  }
  const bool about_values =
      answer.error().code == ErrorCode::kConflict || answer.error().code == ErrorCode::kInvalid;
  if (!about_values || connection_.failed_in_passing()) return answer.error();
  return false;
}

Result<void> KeptRows::take(const PgAnswer& answer, const Rows& rows, const Columns& columns) {
  if (static_cast<std::size_t>(answer.rows()) != rows.size()) {
    return Error::corrupt("PostgreSQL sent other rows than it was asked for");
  }
  std::string scratch;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const PgValue value = answer.value(static_cast<int>(i), static_cast<int>(j));
      if (value.null) continue;
      const auto text = pg_text(columns[j]->form, value.bytes, scratch);
      if (!text) return Error::corrupt("PostgreSQL sent a value that is damaged");
      fields_[rows[i]][columns[j]->name] = std::string(*text);
    }
  }
  return {};
}

// In halves, down to the rows that are refused.
Result<void> KeptRows::keep(const Rows& rows) {
  SB_ASSIGN(const bool kept, ask(rows, all_));
  if (kept) return {};
  if (rows.size() == 1) {
    SB_ASSIGN(refusing_[rows.front()], refusing_column(rows.front()));
    return {};
  }
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
  SB_TRY(keep(Rows(rows.begin(), middle)));
  return keep(Rows(middle, rows.end()));
}

Result<std::string> KeptRows::refusing_column(std::size_t row) {
  for (const PgTableColumn* column : all_) {
    SB_ASSIGN(const bool kept, ask({row}, {column}));
    if (!kept) return "column '" + column->name + "' (" + column->declared + ")";
  }
  return Error::unavailable("no column refuses what all of them refused together");
}

// What no write can change: a number that the server gives for good, or what follows from columns
// that are as wanted already.
State KeptRows::state_of(std::size_t row) const {
  if (!refusing_[row].empty()) {
    return State::unknown(refusing_[row] + " of the actual side cannot hold what is wanted");
  }
  State kept = State::of_fields(fields_[row]);
  if (!wanted_[row].found.present()) return kept;
  const auto found = decode_fields(wanted_[row].found.bytes);
  if (!found) return kept;
  const auto same = [&](const std::string& name) {
    const auto want = fields_[row].find(name);
    const auto held = found->find(name);
    if (want == fields_[row].end() || held == found->end()) {
      return want == fields_[row].end() && held == found->end();
    }
    return want->second == held->second;
  };
  bool settable_differs = false;
  const PgTableColumn* fixed = nullptr;
  for (const PgTableColumn& column : table_.columns()) {
    if (same(column.name)) continue;
    settable_differs |= column.updated;
    if (!column.updated && (fixed == nullptr || column.inserted)) fixed = &column;
  }
  if (fixed == nullptr || (settable_differs && !fixed->inserted)) return kept;
  return State::unknown("column '" + fixed->name +
                        "' of the actual side is computed there, and no write makes it what is "
                        "wanted");
}

Result<std::vector<State>> KeptRows::run() {
  Rows rows;
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    SB_ASSIGN(Fields want, decode_fields(wanted_[i].want.bytes));
    fields_.push_back(std::move(want));
    rows.push_back(i);
  }
  refusing_.resize(rows.size());
  if (!rows.empty() && !all_.empty()) SB_TRY(keep(rows));
  std::vector<State> states;
  for (const std::size_t row : rows) states.push_back(state_of(row));
  return states;
}

}  // namespace

Result<std::vector<State>> pg_kept(PgConnection& connection, const PgTable& table,
                                   const std::vector<Wanted>& wanted, const Deadline& deadline) {
  return KeptRows(connection, table, wanted, deadline).run();
}

}  // namespace sideband
