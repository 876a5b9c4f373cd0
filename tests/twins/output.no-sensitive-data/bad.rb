class Reader < ApplicationRecord
  has_secure_password
end

class ReadersController < ApplicationController
  def index
    render json: Reader.all # BAD
  end

  def show
    @reader = Reader.find(params[:id])
    render json: @reader # BAD
  end
end
