class DoorsController < ApplicationController
  def enter
    Rails.logger.info("login of #{params[:mail]}")
    head :no_content
  end
end
