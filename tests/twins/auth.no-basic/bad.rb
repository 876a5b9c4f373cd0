class StockController < ApplicationController
  http_basic_authenticate_with name: ENV.fetch("STOCK_USER"), password: ENV.fetch("STOCK_PASSWORD") # BAD

  def index
    render json: Stock.all
  end
end
