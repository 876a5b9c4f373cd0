class OrdersController < ApplicationController
  def index
    render json: Order.order(:id).limit(params[:limit] || 20) # BAD
  end
end
