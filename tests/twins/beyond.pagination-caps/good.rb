class OrdersController < ApplicationController
  MOST = 100

  def index
    limit = [params.fetch(:limit, 20).to_i, MOST].min
    render json: Order.order(:id).limit(limit)
  end
end
