#include "store/row_statement.h"

#include <vector>

namespace sideband {
namespace {

std::vector<std::string_view> names_in(std::string_view columns) {
  constexpr std::string_view kBetween = ", ";
  std::vector<std::string_view> names;
  for (auto at = columns.find(kBetween); at != std::string_view::npos;
       at = columns.find(kBetween)) {
    names.push_back(columns.substr(0, at));
    columns.remove_prefix(at + kBetween.size());
  }
  names.push_back(columns);
  return names;
}

std::string parameter(std::size_t number) {
  return "$" + std::to_string(number);
}

// Of the rows of a statement for many.
std::string given_column(std::size_t number) {
  return "given.p" + std::to_string(number);
}

// What `each` makes of 1, 2 ... `count`.
template <class Each>
std::string numbered(std::size_t count, std::string_view between, Each each) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) {
    if (i > 1) text += between;
    text += each(i);
  }
  return text;
}

std::string given_rows(std::size_t params) {
  return "unnest(" + numbered(params, ", ", parameter) + ") AS given(" +
         numbered(params, ", ", [](std::size_t i) { return "p" + std::to_string(i); }) + ")";
}

// Each parameter as a column of the given rows.
std::string with_given_columns(std::string_view sql) {
  std::string text;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql[at] != '$') {
      text += sql[at];
      continue;
    }
    std::size_t number = 0;
    for (; at + 1 < sql.size() && sql[at + 1] >= '0' && sql[at + 1] <= '9'; ++at) {
      number = number * 10 + static_cast<std::size_t>(sql[at + 1] - '0');
    }
    text += given_column(number);
  }
  return text;
}

std::string insert_into(StoreTable table, std::string_view columns) {
  return "INSERT INTO " + std::string(table_name(table)) + " (" + std::string(columns) + ")";
}

}  // namespace

std::string columns_equal(std::string_view columns) {
  const auto names = names_in(columns);
  return numbered(names.size(), " AND ",
                  [&](std::size_t i) { return std::string(names[i - 1]) + " = " + parameter(i); });
}

RowStatement RowStatement::insert_values(StoreTable table, std::string_view columns,
                                         std::string_view conflict) {
  const std::size_t params = names_in(columns).size();
  const std::string head = insert_into(table, columns);
  const std::string tail(conflict);
  return {table, params, head + " VALUES (" + numbered(params, ", ", parameter) + ")" + tail,
          head + " SELECT * FROM " + given_rows(params) + tail};
}

RowStatement RowStatement::where_rows(StoreTable table, std::size_t params, const std::string& head,
                                      std::string_view joins, std::string_view where) {
  const std::string condition = " WHERE " + std::string(where);
  return {table, params, head + condition,
          with_given_columns(head) + std::string(joins) + given_rows(params) +
              with_given_columns(condition)};
}

RowStatement RowStatement::insert(StoreTable table, std::string_view columns) {
  return insert_values(table, columns, "");
}

RowStatement RowStatement::upsert(StoreTable table, std::string_view keys,
                                  std::string_view values) {
  const auto names = names_in(values);
  const std::string replaced = numbered(names.size(), ", ", [&](std::size_t i) {
    return std::string(names[i - 1]) + " = excluded." + std::string(names[i - 1]);
  });
  return insert_values(table, std::string(keys) + ", " + std::string(values),
                       " ON CONFLICT (" + std::string(keys) + ") DO UPDATE SET " + replaced);
}

RowStatement RowStatement::erase(StoreTable table, std::string_view keys) {
  return where_rows(table, names_in(keys).size(), "DELETE FROM " + std::string(table_name(table)),
                    " USING ", columns_equal(keys));
}

RowStatement RowStatement::update(StoreTable table, std::size_t params, std::string_view set,
                                  std::string_view where) {
  return where_rows(table, params,
                    "UPDATE " + std::string(table_name(table)) + " SET " + std::string(set),
                    " FROM ", where);
}

RowStatement RowStatement::insert_where(StoreTable table, std::size_t params,
                                        std::string_view columns, std::string_view where,
                                        std::string_view keys) {
  const std::string head = insert_into(table, columns) + " SELECT " +
                           numbered(names_in(columns).size(), ", ", parameter);
  return where_rows(table, params, head, " FROM ",
                    std::string(where) + " ON CONFLICT (" + std::string(keys) + ") DO NOTHING");
}

}  // namespace sideband
