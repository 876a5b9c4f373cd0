class PagesController < ApplicationController
  def hello
    @name = params[:name]
    @rule = "<hr>".html_safe
    render json: { name: params[:name] }
  end
end
