class ShopApp < Sinatra::Base
  set :show_exceptions, false

  get "/orders" do
    json Order.all
  end
end
