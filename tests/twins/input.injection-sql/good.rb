class OrdersController < ApplicationController
  def index
    @orders = Order.where("state = ?", params[:state])
    @mine = Order.where(owner: params[:owner]).order(params[:down] ? "total DESC" : "total ASC")
    @page = Order.find_by_sql("SELECT * FROM orders LIMIT 20 OFFSET #{params[:page].to_i * 20}")
  end
end
