class SessionsController < ApplicationController
  def create
    redirect_to params[:url] # BAD
  end
end
