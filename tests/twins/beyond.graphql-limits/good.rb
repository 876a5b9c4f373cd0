class ShopSchema < GraphQL::Schema
  query Types::QueryType
  max_depth 12
  max_complexity 300
end
