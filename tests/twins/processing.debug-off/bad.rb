class ShopApp < Sinatra::Base
  set :show_exceptions, true # BAD

  get "/orders" do
    json Order.all
  end
end
