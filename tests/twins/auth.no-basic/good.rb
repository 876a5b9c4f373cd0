class StockController < ApplicationController
  before_action :authenticate_user!

  def index
    render json: Stock.all
  end
end
