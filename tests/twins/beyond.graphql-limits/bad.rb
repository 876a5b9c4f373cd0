class ShopSchema < GraphQL::Schema # BAD
  query Types::QueryType
  mutation Types::MutationType
end
